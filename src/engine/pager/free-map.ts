/** The pages of a store that nothing points to, to be taken again: always the lowest. */
import { type FreeGroup, PAGES_PER_GROUP } from '../format/superblock.js';
import { type BitGroup, groupOf, PageBits } from './page-bits.js';

/** For runs shorter than this the search remembers where it ended. */
const HINTS = 32;
const NOWHERE = Infinity;

/**
 * Free pages, in bitmaps of 8,192 pages. What is taken is always the lowest, so that which page a change gets depends
 * on the store alone.
 */
export class FreeMap {
  readonly #pages = new PageBits();
  readonly #changed = new Set<number>();
  /** By n: no run of n free pages or more begins before this page. Taking pages makes no runs. */
  readonly #noRunBefore = new Array<number>(HINTS).fill(0);

  /** The map that a superblock, or the catalogue, has in these groups. */
  static from(groups: Iterable<FreeGroup>): FreeMap {
    const map = new FreeMap();
    for (const { group, bits } of groups) {
      for (let bit = 0; bit < bits.length * 8; bit++) {
        if (((bits[bit >> 3] as number) & (1 << (bit & 7))) !== 0) map.#pages.add(group * PAGES_PER_GROUP + bit);
      }
    }
    return map;
  }

  /** Free pages. */
  get count(): number {
    return this.#pages.count;
  }

  has(pageId: number): boolean {
    return this.#pages.has(pageId);
  }

  /** All free pages, ascending. */
  pageIds(): Iterable<number> {
    return this.#pages.pageIds();
  }

  /** The groups that have free pages, ascending. */
  get groups(): readonly number[] {
    return this.#pages.groups;
  }

  /** The bits of a group; undefined when it has no free pages. */
  group(group: number): Readonly<BitGroup> | undefined {
    return this.#pages.group(group);
  }

  /** The groups to which pages were added, or from which they were taken. */
  get changedGroups(): ReadonlySet<number> {
    return this.#changed;
  }

  forgetChanges(): void {
    this.#changed.clear();
  }

  add(pageIds: Iterable<number>): void {
    for (const pageId of pageIds) {
      this.#pages.add(pageId);
      this.#changed.add(groupOf(pageId));
    }
    this.#noRunBefore.fill(0);
  }

  /** Takes the lowest free page; undefined when there is none. */
  take(): number | undefined {
    return this.takeRun(1);
  }

  /** Takes the first `length` pages of the lowest run of at least that many; undefined when there is none. */
  takeRun(length: number): number | undefined {
    if (this.#pages.count < length) return undefined;
    const first = this.#findRun(length);
    for (let hint = length; hint < HINTS; hint++) {
      this.#noRunBefore[hint] = Math.max(this.#noRunBefore[hint] as number, first);
    }
    if (first === NOWHERE) return undefined;
    for (let pageId = first; pageId < first + length; pageId++) {
      this.#pages.delete(pageId);
      this.#changed.add(groupOf(pageId));
    }
    return first;
  }

  /** Removes all pages from this one on. */
  removeFrom(end: number): void {
    for (const group of this.#pages.groups) {
      if ((group + 1) * PAGES_PER_GROUP <= end) continue;
      const first = Math.max(end, group * PAGES_PER_GROUP);
      for (let pageId = first; pageId < (group + 1) * PAGES_PER_GROUP; pageId++) this.#pages.delete(pageId);
    }
  }

  #findRun(length: number): number {
    const from = this.#noRunBefore[Math.min(length, HINTS - 1)] as number;
    const run = { first: NOWHERE, end: 0 };
    if (from === NOWHERE) return NOWHERE;
    for (const group of this.#pages.groups) {
      const first = group * PAGES_PER_GROUP;
      if (first + PAGES_PER_GROUP <= from) continue;
      const { bits } = this.#pages.group(group) as BitGroup;
      if (extendRun(run, bits, first, Math.max(first, from), length)) return run.first;
    }
    return NOWHERE;
  }
}

/** A run of free pages that is being looked at: it ends before `end`, where the next page is looked at. */
interface Run {
  first: number;
  end: number;
}

/** Goes on with a run through the bits of a group; true as soon as it is long enough. */
function extendRun(run: Run, bits: Uint8Array, groupStart: number, from: number, length: number): boolean {
  if (run.end !== from) run.first = NOWHERE;
  const groupEnd = groupStart + PAGES_PER_GROUP;
  for (let pageId = from; pageId < groupEnd;) {
    const bit = pageId - groupStart;
    const byte = bits[bit >> 3] as number;
    const isWhole = (bit & 7) === 0 && (byte === 0 || byte === 0xff);
    const step = isWhole ? 8 : 1;
    if ((byte & (1 << (bit & 7))) === 0) run.first = NOWHERE;
    else if (run.first === NOWHERE) run.first = pageId;
    pageId += step;
    run.end = pageId;
    if (pageId - run.first >= length) return true;
  }
  return false;
}
