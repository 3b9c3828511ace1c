/** A number a page, in as few bytes as the largest of them needs: none as long as all are 0. */
const WIDTHS = [
  { max: 0xff, make: (pages: number) => new Uint8Array(pages) },
  { max: 0xffff, make: (pages: number) => new Uint16Array(pages) },
  { max: 0xffffffff, make: (pages: number) => new Uint32Array(pages) },
] as const;

export class PageNumbers {
  #numbers: Uint8Array | Uint16Array | Uint32Array = new Uint8Array(0);
  #max = 0;

  constructor(private readonly pages: number) {}

  get(page: number): number {
    return this.#numbers[page] ?? 0;
  }

  /** @param number up to 32 bits */
  set(page: number, number: number): void {
    if (number > this.#max) this.#widen(number);
    // Before there is room for any, all are 0.
    this.#numbers[page] = number;
  }

  #widen(number: number): void {
    const width = WIDTHS.find(({ max }) => number <= max);
    if (width === undefined) throw new RangeError(`${number} has more than 32 bits`);
    const before = this.#numbers;
    this.#numbers = width.make(this.pages);
    this.#numbers.set(before);
    this.#max = width.max;
  }
}
