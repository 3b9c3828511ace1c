/** The pages of a store, an object each. */
import type { PageCensus, PageFacts } from '../../engine/index.js';
import type { RowView } from '../output/row-view.js';
import { type JsonValue, toJson } from '../text/json.js';

const FILL_DIGITS = 4;

/** What is said of a page, wherever it is. */
export function pageJson({ page, kind, table, fill, stamp, parent, damage }: PageFacts): Record<string, JsonValue> {
  return { page, kind, table, fill: fillJson(fill), stamp, parent, damage };
}

export function fillJson(fill: number | null): number | null {
  return fill === null ? null : Number(fill.toFixed(FILL_DIGITS));
}

export const PAGES_VIEW: RowView<PageFacts> = { columns: [], json: (facts) => toJson(pageJson(facts)) };

export function* allPages(census: PageCensus): Generator<PageFacts, void> {
  for (let page = 0; page < census.pages; page++) yield census.facts(page);
}
