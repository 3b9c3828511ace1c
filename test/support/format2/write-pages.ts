/** Gives out page ids, lowest first, and keeps what is written to them. */
import { blankPage, type PageSpec2, seal } from './encode.js';
import { FIRST_PAGE, PAGE_BYTES } from './layout.js';

/** Fills free pages: their contents mean nothing. */
const GARBAGE = 0xa5;

export class PageWriter {
  private readonly pages = new Map<number, Buffer>();
  /** Given out, or free. */
  private readonly taken: Set<number>;
  private lowest = FIRST_PAGE;
  private end: number;

  /** @param free ids that are never given out */
  constructor(
    private readonly storeId: Buffer,
    free: readonly number[],
  ) {
    this.taken = new Set(free);
    this.end = free.reduce((end, id) => Math.max(end, id + 1), FIRST_PAGE);
  }

  get nextPageId(): number {
    return this.end;
  }

  /** The first id of the lowest run of `count` neighbouring pages. */
  allocate(count = 1): number {
    while (this.taken.has(this.lowest)) this.lowest += 1;
    let first = this.lowest;
    for (let id = first; id < first + count; id += 1) if (this.taken.has(id)) first = id + 1;
    for (let id = first; id < first + count; id += 1) this.taken.add(id);
    this.end = Math.max(this.end, first + count);
    return first;
  }

  /** Pages of the catalogue are placed after all others. */
  skipToEnd(): void {
    this.lowest = this.end;
  }

  write(spec: Omit<PageSpec2, 'storeId'>, fill: (page: Buffer) => void): void {
    const page = blankPage({ ...spec, storeId: this.storeId });
    fill(page);
    seal(page);
    this.pages.set(spec.id, page);
  }

  /** Of all pages from 2 on, in order. */
  bytes(): Buffer {
    const count = this.nextPageId - FIRST_PAGE;
    const pages = Array.from(
      { length: count },
      (_, index) => this.pages.get(index + FIRST_PAGE) ?? Buffer.alloc(PAGE_BYTES, GARBAGE),
    );
    return Buffer.concat(pages);
  }
}
