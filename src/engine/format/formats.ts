/** The formats that this release reads and writes, by the number in the superblock. */
import type { Page } from './page.js';
import type { StoreFormat } from './store-format.js';
import { FORMAT_1 } from './v1/format.js';
import { FORMAT_2 } from './v2/format.js';

const FORMATS: ReadonlyMap<number, StoreFormat> = new Map(
  [FORMAT_1, FORMAT_2].map((format) => [format.version, format]),
);

export const FORMAT_VERSIONS: readonly number[] = [...FORMATS.keys()];

/** What journals beside stores of these formats say. */
export const JOURNAL_VERSIONS: readonly number[] = [...FORMATS.values()].map(({ journalVersion }) => journalVersion);

/** The format of new stores. */
export const DEFAULT_FORMAT: StoreFormat = FORMAT_2;

/** The format with this number; undefined when this release does not know it. */
export function findFormat(version: number): StoreFormat | undefined {
  return FORMATS.get(version);
}

/** The number of a format. */
export function formatNumber({ version }: StoreFormat): number {
  return version;
}

/** The format by whose rules a page is to be judged that is looked at by itself. */
export function formatOfPage(page: Page): StoreFormat {
  return FORMATS.get(page.version) ?? DEFAULT_FORMAT;
}
