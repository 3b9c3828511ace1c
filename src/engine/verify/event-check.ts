/** Compares the positions of events, and of pages, with the applied position. */
import { compareU64At, U64 } from '../bytes/u64.js';
import type { Page } from '../format/page.js';
import { CATALOGUE_TREE } from '../format/page-types.js';
import type { LeafGlance } from '../format/v2/leaf-glance.js';
import { DELETED, EVENT_SIZE_OFFSET, MARKER } from '../format/v2/event-layout.js';
import { eventCount, eventEnd, newestEvent } from '../format/v2/events.js';
import { PAGE_HEADER_2_FIELDS } from '../format/v2/structures.js';
import { stampOf } from '../format/v2/pages.js';
import { ItemTally } from './item-tally.js';
import type { PositionCheck, PositionProblem } from './position-check.js';

const stampOffset = PAGE_HEADER_2_FIELDS.offsets.stamp;

/** What is wrong with the positions of a leaf. */
interface LeafTallies {
  readonly beyond: ItemTally;
  readonly early: ItemTally;
  readonly unstamped: ItemTally;
}

const NO_PROBLEMS: PositionProblem[] = [];

/** Holds positions of events, markers and pages: event ≤ stamp of its page ≤ applied position. */
export class EventCheck implements PositionCheck {
  versions = 0;
  tornPages = 0;
  hasApplied = false;
  readonly #applied: U64;
  #tornTo = 0n;

  constructor(private readonly appliedPosition: bigint) {
    this.#applied = U64.from(appliedPosition);
  }

  get tornTo(): bigint | null {
    return this.#tornTo > 0n ? this.#tornTo : null;
  }

  noteRecorded(position: bigint): void {
    if (position === this.appliedPosition) this.hasApplied = true;
  }

  checkInternal(page: Page): PositionProblem[] {
    return this.#checkStamp(page);
  }

  checkLeaf(leaf: Page, glance?: LeafGlance): PositionProblem[] {
    if (glance === undefined ? this.#passPlain(leaf) : this.#passSeen(leaf, glance)) return NO_PROBLEMS;
    const tallies = { beyond: new ItemTally(leaf), early: new ItemTally(leaf), unstamped: new ItemTally(leaf) };
    const stamp = stampOf(leaf);
    for (let index = 1; index < leaf.itemCount; index++) this.#checkItem(leaf, index, stamp, tallies);
    const { beyond, early, unstamped } = tallies;
    return [
      ...this.#tornProblems(beyond),
      ...earlyProblems(early),
      ...stampProblems(unstamped, stamp),
      ...(beyond.count > 0 ? [] : this.#checkStamp(leaf)),
    ];
  }

  /** As `#passPlain`, of a leaf whose events were gone through once: three loops over them were half of a check. */
  #passSeen(leaf: Page, { newestHigh, newestLow, hasZero, versions }: LeafGlance): boolean {
    const stamp = stampOf(leaf);
    const isStampPossible = stamp.compare(this.#applied) <= 0 && (stamp.hi !== 0 || stamp.lo !== 0);
    const isBeyond = newestHigh > stamp.hi || (newestHigh === stamp.hi && newestLow > stamp.lo);
    if (!isStampPossible || isBeyond || hasZero) return false;
    this.versions += versions;
    // No event is beyond the stamp, so that none is at the applied position where the stamp is not.
    this.hasApplied ||= stamp.compare(this.#applied) === 0;
    return true;
  }

  /** Counts the events of a leaf in which all positions are right; false where one is not. */
  #passPlain(leaf: Page): boolean {
    const { view } = leaf;
    const stamp = stampOf(leaf);
    if (stamp.compare(this.#applied) > 0 || (stamp.hi === 0 && stamp.lo === 0)) return false;
    const isVersioned = leaf.type !== CATALOGUE_TREE.leaf;
    let versions = 0;
    let hasApplied = stamp.compare(this.#applied) === 0;
    for (let index = 1; index < leaf.itemCount; index++) {
      let event = newestEvent(leaf, index);
      for (let left = eventCount(view, leaf.itemOffset(index)); left > 0; left--) {
        const low = view.getUint32(event, true);
        const high = view.getUint32(event + 4, true);
        // The stamp is not beyond the applied position, so that an event that is not beyond the stamp is not either.
        if (high > stamp.hi || (high === stamp.hi && low > stamp.lo) || (low === 0 && high === 0)) return false;
        if (low === this.#applied.lo && high === this.#applied.hi) hasApplied = true;
        const size = view.getUint16(event + EVENT_SIZE_OFFSET, true);
        if (size !== DELETED && size !== MARKER) versions++;
        event = eventEnd(view, event);
      }
    }
    if (isVersioned) this.versions += versions;
    this.hasApplied ||= hasApplied;
    return true;
  }

  #checkItem(leaf: Page, index: number, stamp: U64, { beyond, early, unstamped }: LeafTallies): void {
    const { view } = leaf;
    const isVersioned = leaf.type !== CATALOGUE_TREE.leaf;
    let event = newestEvent(leaf, index);
    for (let left = eventCount(view, leaf.itemOffset(index)); left > 0; left--) {
      const size = view.getUint16(event + EVENT_SIZE_OFFSET, true);
      const order = compareU64At(view, event, this.#applied);
      if (view.getUint32(event, true) === 0 && view.getUint32(event + 4, true) === 0) early.add(index, event);
      if (order === 0) this.hasApplied = true;
      if (order > 0) beyond.add(index, event);
      if (compareU64At(view, event, stamp) > 0) unstamped.add(index, event);
      if (isVersioned && size !== DELETED && size !== MARKER) this.versions++;
      event = eventEnd(view, event);
    }
  }

  #tornProblems(beyond: ItemTally): PositionProblem[] {
    const { count, highest } = beyond;
    if (count === 0) return [];
    this.tornPages++;
    if (highest > this.#tornTo) this.#tornTo = highest;
    const message = `${eventsOf(beyond)} beyond the applied position ${this.appliedPosition}, up to ${highest}`;
    const expected = `at most ${this.appliedPosition}`;
    return [{ code: 'event-position', message, expected, found: highest, ...beyond.location() }];
  }

  /** A page was changed by a batch that is applied. */
  #checkStamp(page: Page): PositionProblem[] {
    const stamp = stampOf(page);
    const order = stamp.compare(this.#applied);
    if (order === 0) this.hasApplied = true;
    const isNone = stamp.hi === 0 && stamp.lo === 0;
    if (order <= 0 && !isNone) return [];
    const found = stamp.toBigInt();
    const expected = `1 to ${this.appliedPosition}`;
    const message = isNone
      ? 'it says that it was changed last at position 0, which no batch has'
      : `it was changed last at ${found}, beyond the applied position ${this.appliedPosition}`;
    return [{ code: 'page-stamp', message, offset: stampOffset, expected, found }];
  }
}

function earlyProblems(early: ItemTally): PositionProblem[] {
  if (early.count === 0) return [];
  const message = `${eventsOf(early)} at position 0, which no batch has`;
  return [{ code: 'version-position', message, expected: '1 or more', found: 0, ...early.location() }];
}

function stampProblems(unstamped: ItemTally, stamp: U64): PositionProblem[] {
  const { count, highest } = unstamped;
  if (count === 0) return [];
  const said = stamp.toBigInt();
  const message = `it says that it was changed last at ${said}, and ${eventsOf(unstamped)} later, up to ${highest}`;
  return [{ code: 'page-stamp', message, expected: `at most ${said}`, found: highest, ...unstamped.location() }];
}

function eventsOf({ count }: ItemTally): string {
  return count === 1 ? 'an event is' : `${count} events are`;
}
