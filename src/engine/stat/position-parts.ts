/** The positions after one and up to another, cut into parts that are as equal as they can be. */
export class PositionParts {
  readonly #length: bigint;

  /** @param parts at most so many; parts without any position are left out */
  constructor(
    private readonly after: bigint,
    upTo: bigint,
    private readonly parts: number,
  ) {
    this.#length = upTo - after;
  }

  /** Which part a position is in; undefined where it is in none. */
  indexOf(position: bigint): number | undefined {
    const offset = position - this.after;
    if (offset < 1n || offset > this.#length) return undefined;
    return Number(((offset - 1n) * BigInt(this.parts)) / this.#length);
  }

  /** Its first and last position, both included; `from` is above `to` where it has none. */
  range(part: number): { readonly from: bigint; readonly to: bigint } {
    return { from: this.#end(part) + 1n, to: this.#end(part + 1) };
  }

  #end(part: number): bigint {
    const parts = BigInt(this.parts);
    return this.after + (BigInt(part) * this.#length + parts - 1n) / parts;
  }
}
