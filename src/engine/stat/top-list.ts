/** The items of a long row that come first in an order, without keeping the others. */
export class TopList<Item> {
  readonly #items: { readonly rank: number; readonly item: Item }[] = [];
  /** From this rank on items are not kept. */
  #limit = Infinity;

  /** @param size how many are kept */
  constructor(private readonly size: number) {}

  /** Whether an item of this rank would be kept; of equal ones those that came first are. */
  takes(rank: number): boolean {
    return rank < this.#limit;
  }

  /** Adds an item that the list takes: the lowest rank comes first. */
  add(rank: number, item: Item): void {
    const index = this.#items.findIndex((other) => rank < other.rank);
    this.#items.splice(index < 0 ? this.#items.length : index, 0, { rank, item });
    this.#items.length = Math.min(this.#items.length, this.size);
    this.#limit = this.#items[this.size - 1]?.rank ?? Infinity;
  }

  items(): Item[] {
    return this.#items.map(({ item }) => item);
  }
}
