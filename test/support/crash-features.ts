/** What stores of format 2 had when they were at rest: a harness that never sees something does not test it. */
import { decodeFormat2 } from './format2-decode.js';
import { PAGE_BYTES } from './format2/layout.js';

export type StoreFeature =
  'history' | 'history of several pages' | 'values' | 'free pages' | 'pages taken again' | 'catalogue' | 'a cut';

export class StoreFeatures {
  readonly seen = new Set<StoreFeature>();
  #free: ReadonlySet<number> = new Set();
  #pages = 0;

  /** A store begins. */
  begin(): void {
    this.#free = new Set();
    this.#pages = 0;
  }

  /** @param file after each commit of a store, one after the other */
  look(file: Buffer): void {
    const { tables, freePages, reachedPages, catalogue } = decodeFormat2(file);
    const features: Record<StoreFeature, boolean> = {
      history: tables.some(({ record }) => record.historyHeight > 0),
      'history of several pages': tables.some(({ record }) => record.historyHeight > 1),
      values: tables.some(({ values }) => values.size > 0),
      'free pages': freePages.size > 0,
      'pages taken again': [...this.#free].some((page) => reachedPages.has(page)),
      catalogue: catalogue !== undefined,
      'a cut': file.length / PAGE_BYTES < this.#pages,
    };
    for (const feature of Object.keys(features) as StoreFeature[]) if (features[feature]) this.seen.add(feature);
    this.#free = freePages;
    this.#pages = file.length / PAGE_BYTES;
  }
}
