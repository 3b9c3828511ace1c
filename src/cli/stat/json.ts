/** The figures of a store as JSON. */
import type { EntryFigures, Figures, HeadroomFigures, StatReport, TableFigures } from '../../engine/index.js';
import { byteFields, type JsonValue } from '../text/json.js';

/** What is said of one store, as an object. */
export interface StatJson {
  readonly [name: string]: JsonValue;
  readonly tables: readonly { readonly [name: string]: JsonValue; readonly id: bigint }[];
}

export function statJson(store: string, report: StatReport): StatJson {
  const { format, isFast, pages, bytes, appliedPosition, appliedHash, isSalvaged, storePages } = report;
  const { tables, total, age, largest, headroom } = report;
  return {
    ...{ store, format, fast: isFast, pages, bytes, appliedPosition },
    appliedHash: Buffer.from(appliedHash).toString('hex'),
    salvaged: isSalvaged,
    storePages: { ...storePages },
    total: { ...countsJson(total), ...pagesJson(total) },
    tables: tables.map(tableJson),
    age: age?.map((part) => ({ ...part })) ?? null,
    largest: largest?.map(entryJson) ?? null,
    headroom: headroom?.map(headroomJson) ?? null,
  };
}

const FILL_DIGITS = 4;

function countsJson({ rows, keys, versions, events }: Figures): Record<string, JsonValue> {
  return { rows, keys, versions, events };
}

function pagesJson({ pages, bytes, fill }: Figures): Record<string, JsonValue> {
  return {
    pages: { ...pages },
    bytes: bytes && { ...bytes },
    fill: fill === null ? null : Number(fill.toFixed(FILL_DIGITS)),
  };
}

function tableJson(table: TableFigures): StatJson['tables'][number] {
  const { id, height, historyHeight, oldest, lastChanged } = table;
  return { id, ...countsJson(table), height, historyHeight, oldest, lastChanged, ...pagesJson(table) };
}

function entryJson({ table, key, bytes, versions }: EntryFigures): JsonValue {
  return { table, ...byteFields('key', key), bytes, versions };
}

function headroomJson({ table, key, bytes, bytesMax, valueBytes, updatesLeft }: HeadroomFigures): JsonValue {
  return { table, ...byteFields('key', key), bytes, bytesMax, valueBytes, updatesLeft };
}
