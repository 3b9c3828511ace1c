/**
 * Values in pages of their own whose event is lost with its leaf: their pages say table, key and position. What became
 * of them later is not known.
 */
import type { Page } from '../format/page.js';
import { VALUE_PAGE } from '../format/page-types.js';
import { MAX_KEY_LENGTH } from '../format/layout.js';
import { stampOf } from '../format/v2/pages.js';
import { ordinalOf, VALUE_BYTES_OFFSET, valueLengthOf, valueOffset } from '../format/v2/value-page.js';
import type { Steps } from '../steps.js';
import type { Extraction } from './extraction.js';
import type { Losses } from './losses.js';
import type { PageCensus } from './page-census.js';
import { salvageFormatOf } from './salvage-format.js';
import type { StoreSurvey } from './survey.js';

export interface LooseValue {
  readonly table: bigint;
  readonly key: Buffer;
  readonly position: bigint;
  readonly length: number;
  readonly firstPage: number;
}

/** Takes those of keys of which something is lost, after all leaves were taken. */
export function* takeLooseValues(
  census: PageCensus,
  survey: StoreSurvey,
  extraction: Extraction,
  losses: Losses,
): Steps<void> {
  for (const pageId of census.ofType(VALUE_PAGE)) {
    if (extraction.hasValueAt(pageId) || survey.free.has(pageId) || pageId >= survey.end) continue;
    const value = readFirstPage(census, pageId);
    const isWanted = value !== undefined && losses.covers(value.table, value.key);
    if (!isWanted || (survey.isComplete && !survey.tables.has(value.table))) continue;
    extraction.takeLooseValue(value);
    yield* extraction.sorter.makeRoom();
    yield;
  }
}

/** What the first page of a value says of it; undefined for any other page. */
function readFirstPage(census: PageCensus, firstPage: number): LooseValue | undefined {
  const page = census.read(firstPage);
  const table = salvageFormatOf(census.identity.format).identityOf(page)?.table;
  if (table === undefined || ordinalOf(page) !== 0) return undefined;
  const key = readKey(page);
  if (key === undefined) return undefined;
  return { table, key, position: stampOf(page).toBigInt(), length: valueLengthOf(page), firstPage };
}

function readKey({ bytes }: Page): Buffer | undefined {
  const length = bytes.readUInt16LE(VALUE_BYTES_OFFSET);
  const start = VALUE_BYTES_OFFSET + valueOffset(0);
  return length > MAX_KEY_LENGTH ? undefined : Buffer.from(bytes.subarray(start, start + length));
}
