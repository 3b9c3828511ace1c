/** Pages in one block of a set, and bytes that it takes. */
const BLOCK_PAGES = 2 ** 19;
const BLOCK_BYTES = BLOCK_PAGES / 8;

/** What a set is made of, for another thread. */
export type PageBlocks = readonly (readonly [block: number, bits: Uint8Array])[];

/** A set of page ids: one bit a page, and none where no page of a stretch of 2 GiB is in it. */
export class PageSet {
  readonly #blocks = new Map<number, Uint8Array>();
  #size = 0;

  /** A set that has only to be asked what is in it. */
  static of(blocks: PageBlocks): PageSet {
    const set = new PageSet();
    for (const [number, bits] of blocks) set.#blocks.set(number, bits);
    return set;
  }

  get blocks(): PageBlocks {
    return [...this.#blocks];
  }

  get size(): number {
    return this.#size;
  }

  has(pageId: number): boolean {
    const block = this.#blocks.get(Math.floor(pageId / BLOCK_PAGES));
    return block !== undefined && ((block[(pageId % BLOCK_PAGES) >>> 3] ?? 0) & (1 << (pageId & 7))) !== 0;
  }

  add(pageId: number): void {
    if (this.has(pageId)) return;
    const number = Math.floor(pageId / BLOCK_PAGES);
    let block = this.#blocks.get(number);
    if (block === undefined) this.#blocks.set(number, (block = new Uint8Array(BLOCK_BYTES)));
    const index = (pageId % BLOCK_PAGES) >>> 3;
    block[index] = (block[index] ?? 0) | (1 << (pageId & 7));
    this.#size++;
  }
}
