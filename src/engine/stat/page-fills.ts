/** Counts pages by how full they are. */
import { PAGE_SIZE } from '../format/layout.js';

/** From empty to full, this many steps. */
export const FILL_STEPS = 10;

/** Which step a page is in that has so many bytes in use. */
export function fillStep(used: number): number {
  return Math.min(FILL_STEPS - 1, Math.floor((used * FILL_STEPS) / PAGE_SIZE));
}

export class PageFills {
  readonly #counts = new Array<number>(FILL_STEPS).fill(0);

  add(used: number, pages: number): void {
    const step = fillStep(used);
    this.#counts[step] = (this.#counts[step] as number) + pages;
  }

  addAll(other: PageFills): void {
    for (const [step, pages] of other.#counts.entries()) this.#counts[step] = (this.#counts[step] as number) + pages;
  }

  figures(): readonly number[] {
    return [...this.#counts];
  }
}
