/** The page has no slot. */
export const NO_SLOT = -1;

/** The page ids that a journal can be asked for. */
export const PAGES_MAX = 2 ** 32;

/** The hash table is at most this full: a page is then found, or missed, in a few probes. */
const FULL = 0.85;
const GROWTH = 1.3;
const HASHES = 2 ** 32;
/** An odd number near 2^32 ÷ golden ratio: it spreads ids that follow each other. */
const SPREAD = 0x9e3779b1;

/**
 * In which slot of a journal each page is, in ten bytes a page: page ids by slot, and an open-addressing hash table of
 * slots. Over several segments slots are counted as pages of the journal's file. When the slot of a page changes, its
 * old slot keeps the id, but the table no longer leads to it.
 */
export class JournalIndex {
  #pageIds = new Uint32Array(64);
  /** A slot plus 1, 0 for none. */
  #table = new Uint32Array(64);
  #pages = 0;

  /** What the map takes in memory. */
  get byteLength(): number {
    return this.#pageIds.byteLength + this.#table.byteLength;
  }

  /** The slot of a page, `NO_SLOT` when it has none. */
  slotOf(pageId: number): number {
    return (this.#table[this.#find(pageId)] as number) - 1;
  }

  /** The ids of all pages that have a slot, ascending. */
  pageIds(): Uint32Array {
    const pageIds = new Uint32Array(this.#pages);
    let count = 0;
    for (const slot of this.#table) if (slot !== 0) pageIds[count++] = this.#pageIds[slot - 1] as number;
    return pageIds.sort();
  }

  pageAt(slot: number): number {
    return this.#pageIds[slot] as number;
  }

  /** Assigns a slot to a page. */
  set(pageId: number, slot: number): void {
    if (slot >= this.#pageIds.length) this.#pageIds = lengthened(this.#pageIds, slot);
    this.#pageIds[slot] = pageId;
    if (this.#pages >= this.#table.length * FULL) this.#grow();
    const bucket = this.#find(pageId);
    if (this.#table[bucket] === 0) this.#pages++;
    this.#table[bucket] = slot + 1;
  }

  /** Forgets which page has which slot; the ids by slot stay. */
  forget(): void {
    this.#table.fill(0);
    this.#pages = 0;
  }

  /** Where the table has the page, or would have it. */
  #find(pageId: number): number {
    const { length } = this.#table;
    let bucket = Math.floor(((Math.imul(pageId, SPREAD) >>> 0) * length) / HASHES);
    for (;;) {
      const slot = (this.#table[bucket] as number) - 1;
      if (slot < 0 || this.#pageIds[slot] === pageId) return bucket;
      bucket = bucket + 1 === length ? 0 : bucket + 1;
    }
  }

  #grow(): void {
    const slots = this.#table;
    this.#table = new Uint32Array(Math.ceil(slots.length * GROWTH));
    for (const slot of slots) {
      if (slot !== 0) this.#table[this.#find(this.#pageIds[slot - 1] as number)] = slot;
    }
  }
}

/** A copy with room for one more slot than `slot` at least. */
export function lengthened<Numbers extends Uint8Array | Uint32Array>(numbers: Numbers, slot: number): Numbers {
  const length = Math.max(slot + 1, Math.ceil(numbers.length * GROWTH));
  const longer = numbers instanceof Uint8Array ? new Uint8Array(length) : new Uint32Array(length);
  longer.set(numbers);
  return longer as Numbers;
}
