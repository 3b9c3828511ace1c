/** Counts pages by the position that changed them last. */
import type { AgeFigures } from './report.js';

/** The log is cut into this many parts. */
const PARTS = 10n;

/** Part n, from 0 on, has the positions from ⌈n · applied / 10⌉ + 1 to ⌈(n + 1) · applied / 10⌉. */
export class PageAges {
  readonly #counts = new Array<number>(Number(PARTS)).fill(0);

  constructor(private readonly applied: bigint) {}

  add(position: bigint, pages: number): void {
    if (this.applied === 0n || position === 0n) return;
    const part = ((position - 1n) * PARTS) / this.applied;
    const index = Number(part < PARTS ? part : PARTS - 1n);
    this.#counts[index] = (this.#counts[index] as number) + pages;
  }

  /** Parts without any position are left out. */
  figures(): AgeFigures[] {
    return this.#counts
      .map((pages, index) => ({ from: this.#end(index) + 1n, to: this.#end(index + 1), pages }))
      .filter(({ from, to }) => from <= to);
  }

  #end(part: number): bigint {
    return (BigInt(part) * this.applied + PARTS - 1n) / PARTS;
  }
}
