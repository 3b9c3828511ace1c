/** Counts versions and deletions by the positions that wrote them. */
import { PositionParts } from './position-parts.js';

/** The log is cut into at most this many parts. */
const PARTS = 60;
const WORD = 2 ** 32;

/** What the positions from `from` to `to` wrote of what is still known. */
export interface PositionPart {
  readonly from: bigint;
  readonly to: bigint;
  readonly puts: number;
  readonly deletes: number;
}

export class PositionCounts {
  readonly #puts = new Float64Array(PARTS);
  readonly #deletes = new Float64Array(PARTS);
  readonly #parts: PositionParts;

  constructor(applied: bigint) {
    this.#parts = new PositionParts(0n, applied, PARTS);
  }

  /** A version begins at the position that is at `offset`. */
  addPut(view: DataView, offset: number): void {
    this.#add(this.#puts, view, offset);
  }

  addDelete(view: DataView, offset: number): void {
    this.#add(this.#deletes, view, offset);
  }

  /** From the first position to the applied one. */
  figures(): PositionPart[] {
    const parts = Array.from(this.#puts, (puts, part) => {
      return { ...this.#parts.range(part), puts, deletes: this.#deletes[part] as number };
    });
    return parts.filter(({ from, to }) => from <= to);
  }

  #add(counts: Float64Array, view: DataView, offset: number): void {
    const position = view.getUint32(offset + 4, true) * WORD + view.getUint32(offset, true);
    const part = this.#parts.indexOfNumber(position);
    if (part !== undefined) counts[part] = (counts[part] as number) + 1;
  }
}
