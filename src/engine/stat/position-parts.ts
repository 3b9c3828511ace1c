/** The positions after one and up to another, cut into parts that are as equal as they can be. */
export class PositionParts {
  readonly #length: bigint;
  /** As a number, where that is exact in what is reckoned with it. */
  readonly #small: number | undefined;

  /** @param parts at most so many; parts without any position are left out */
  constructor(
    private readonly after: bigint,
    upTo: bigint,
    private readonly parts: number,
  ) {
    this.#length = upTo - after;
    if (after === 0n && upTo < BigInt(Math.floor(Number.MAX_SAFE_INTEGER / parts))) this.#small = Number(upTo);
  }

  /** Which part a position is in; undefined where it is in none. */
  indexOf(position: bigint): number | undefined {
    const offset = position - this.after;
    if (offset < 1n || offset > this.#length) return undefined;
    return Number(((offset - 1n) * BigInt(this.parts)) / this.#length);
  }

  /** The same of a position that is a number; of one that is too large to be exact, about where it is. */
  indexOfNumber(position: number): number | undefined {
    if (this.#small === undefined) return this.indexOf(BigInt(position));
    if (position < 1 || position > this.#small) return undefined;
    return Math.floor(((position - 1) * this.parts) / this.#small);
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
