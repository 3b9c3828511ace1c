/** The page has no place. */
export const NO_PLACE = -1;

/** The page ids that a journal can be asked for. */
export const PAGES_MAX = 2 ** 32;

/** The table of places is at most so full: then a page is found, or missed, in a few steps. */
const FULL = 0.85;
const GROWTH = 1.3;
const HASHES = 2 ** 32;
/** An odd number near 2^32 ÷ golden ratio: it spreads ids that follow each other. */
const SPREAD = 0x9e3779b1;

/**
 * Which place of a journal each page has, in ten bytes a page: page ids by place, and an open hash table of places. A
 * page whose place changes keeps its old one as a place with the same id, which the table does not lead to any more.
 */
export class PlaceMap {
  #pageIds = new Uint32Array(64);
  /** A place plus 1, 0 for none. */
  #table = new Uint32Array(64);
  #pages = 0;

  /** What the map takes in memory. */
  get byteLength(): number {
    return this.#pageIds.byteLength + this.#table.byteLength;
  }

  /** The place of a page, `NO_PLACE` when it has none. */
  placeOf(pageId: number): number {
    return (this.#table[this.#find(pageId)] as number) - 1;
  }

  pageAt(place: number): number {
    return this.#pageIds[place] as number;
  }

  /** Makes a place that of a page. */
  set(pageId: number, place: number): void {
    if (place >= this.#pageIds.length) this.#pageIds = lengthened(this.#pageIds, place);
    this.#pageIds[place] = pageId;
    if (this.#pages >= this.#table.length * FULL) this.#grow();
    const slot = this.#find(pageId);
    if (this.#table[slot] === 0) this.#pages++;
    this.#table[slot] = place + 1;
  }

  /** Forgets which page has which place; the ids by place stay. */
  forget(): void {
    this.#table.fill(0);
    this.#pages = 0;
  }

  /** Where the table has the page, or would have it. */
  #find(pageId: number): number {
    const { length } = this.#table;
    let slot = Math.floor(((Math.imul(pageId, SPREAD) >>> 0) * length) / HASHES);
    for (;;) {
      const place = (this.#table[slot] as number) - 1;
      if (place < 0 || this.#pageIds[place] === pageId) return slot;
      slot = slot + 1 === length ? 0 : slot + 1;
    }
  }

  #grow(): void {
    const places = this.#table;
    this.#table = new Uint32Array(Math.ceil(places.length * GROWTH));
    for (const place of places) {
      if (place !== 0) this.#table[this.#find(this.#pageIds[place - 1] as number)] = place;
    }
  }
}

/** A copy with room for one more place than `place` at least. */
export function lengthened<Numbers extends Uint8Array | Uint32Array>(numbers: Numbers, place: number): Numbers {
  const length = Math.max(place + 1, Math.ceil(numbers.length * GROWTH));
  const longer = numbers instanceof Uint8Array ? new Uint8Array(length) : new Uint32Array(length);
  longer.set(numbers);
  return longer as Numbers;
}
