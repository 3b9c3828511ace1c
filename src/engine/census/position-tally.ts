/** Counts versions and deletions by the positions that wrote them. */
import { isMaxU64At } from '../bytes/u64.js';
import { VERSION_HEADER } from '../format/entry-layout.js';
import type { Page } from '../format/page.js';
import { newestVersion, olderVersion, versionCount } from '../format/v1/intervals.js';
import { DELETED, EVENT_SIZE_OFFSET, MARKER } from '../format/v2/event-layout.js';
import { eventCount, eventEnd, newestEvent } from '../format/v2/events.js';
import { PositionParts } from '../stat/position-parts.js';
import type { StoreVisitor } from '../verify/store-visitor.js';
import type { SuperblockContent } from '../verify/stored-superblock.js';

/** The log is cut into at most so many parts. */
const PARTS = 60;

/** What the positions from `from` to `to` wrote of what is still known. */
export interface PositionPart {
  readonly from: bigint;
  readonly to: bigint;
  readonly puts: number;
  readonly deletes: number;
}

export type PositionFigures = readonly PositionPart[];

export class PositionTally implements StoreVisitor {
  readonly seesEntries = true;
  readonly #puts = new Float64Array(PARTS);
  readonly #deletes = new Float64Array(PARTS);
  #parts = new PositionParts(0n, 0n, PARTS);
  #hasEvents = false;

  begin({ appliedPosition, record }: SuperblockContent): void {
    this.#parts = new PositionParts(0n, appliedPosition, PARTS);
    this.#hasEvents = record !== undefined;
  }

  treePage(): void {
    // What it is about is in entries.
  }

  run(page: Page, index: number): void {
    this.#addEvents(page, index);
  }

  entry(page: Page, index: number): void {
    if (this.#hasEvents) this.#addEvents(page, index);
    else this.#addVersions(page, index);
  }

  /** From the first position to the applied one. */
  figures(): PositionFigures {
    const parts = Array.from(this.#puts, (puts, part) => {
      return { ...this.#parts.range(part), puts, deletes: this.#deletes[part] as number };
    });
    return parts.filter(({ from, to }) => from <= to);
  }

  #addEvents(page: Page, index: number): void {
    const { view } = page;
    let event = newestEvent(page, index);
    for (let left = eventCount(view, page.itemOffset(index)); left > 0; left--) {
      const size = view.getUint16(event + EVENT_SIZE_OFFSET, true);
      if (size !== MARKER) this.#count(size === DELETED ? this.#deletes : this.#puts, view, event);
      event = eventEnd(view, event);
    }
  }

  /** A version ends with a deletion where the next one does not begin there. */
  #addVersions(page: Page, index: number): void {
    const { view } = page;
    let version = newestVersion(page, index);
    let newer = -1;
    for (let left = versionCount(page, index); left > 0; left--) {
      const created = version + VERSION_HEADER.createdAtOffset;
      const deleted = version + VERSION_HEADER.deletedAtOffset;
      const goesOn = newer >= 0 && isSame(view, deleted, newer);
      // What begins and ends at one position is a leftover that no position sees.
      if (!isSame(view, created, deleted)) {
        this.#count(this.#puts, view, created);
        if (!isMaxU64At(view, deleted) && !goesOn) this.#count(this.#deletes, view, deleted);
        newer = created;
      }
      version = olderVersion(page, version);
    }
  }

  #count(counts: Float64Array, view: DataView, offset: number): void {
    const position = view.getUint32(offset + 4, true) * 2 ** 32 + view.getUint32(offset, true);
    const part = this.#parts.indexOfNumber(position);
    if (part === undefined) return;
    counts[part] = (counts[part] as number) + 1;
  }
}

function isSame(view: DataView, a: number, b: number): boolean {
  return (
    view.getUint32(a, true) === view.getUint32(b, true) && view.getUint32(a + 4, true) === view.getUint32(b + 4, true)
  );
}
