/**
 * All the ways to read a store that may be damaged: an answer or honest damage, never anything else, and always an end.
 */
import { expect } from 'chai';
import type { BTreeStore } from '../../src/engine/index.js';
import { compareBigint, compareText, fromHex, hex } from './bytes.js';
import { atOption, cursorRows } from './engine-rows.js';
import { type MemoryFiles } from './memory-files.js';
import { openMemory } from './memory-store.js';
import { attempt } from './store-errors.js';

export interface Reading {
  /** Undefined when the store could not even be opened. */
  readonly opened: boolean;
  /** By `table/keyHex`; undefined for "not there". Keys that ended in damage are left out. */
  readonly values: ReadonlyMap<string, string | undefined>;
  readonly keysDamaged: readonly string[];
  readonly scans: readonly ScanReading[];
}

export interface ScanReading {
  readonly table: bigint;
  readonly reverse: boolean;
  /** As far as it came. */
  readonly rows: readonly (readonly [name: string, valueHex: string])[];
  readonly damaged: boolean;
}

export interface KeyName {
  readonly table: bigint;
  readonly keyHex: string;
}

export const nameOf = ({ table, keyHex }: KeyName): string => `${table}/${keyHex}`;

/** Keys one by one, then every table forward and backward; at a position, or now. */
export function readEverything(files: MemoryFiles, keys: readonly KeyName[], at?: bigint): Reading {
  const opening = attempt(() => openMemory(files, { readOnly: true, cachePages: 32 }));
  if ('damage' in opening) return { opened: false, values: new Map(), keysDamaged: [], scans: [] };
  const store = opening.value;
  const values = new Map<string, string | undefined>();
  const keysDamaged: string[] = [];
  for (const key of keys) {
    const answer = attempt(() => readKey(store, key, at));
    if ('value' in answer) values.set(nameOf(key), answer.value);
    else keysDamaged.push(nameOf(key));
  }
  const listing = attempt(() => store.tables());
  const listed = 'damage' in listing ? [] : listing.value.map(({ id }) => id);
  const tables = [...new Set([...keys.map(({ table }) => table), ...listed])].sort(compareBigint);
  const scans = tables.flatMap((table) => [scanTable(store, table, false, at), scanTable(store, table, true, at)]);
  store.close();
  return { opened: true, values, keysDamaged, scans };
}

function readKey(store: BTreeStore, { table, keyHex }: KeyName, at: bigint | undefined): string | undefined {
  const key = fromHex(keyHex);
  const value = at === undefined ? store.get(table, key) : store.getAt(table, key, at);
  store.history(table, key);
  return value && hex(value);
}

function scanTable(store: BTreeStore, table: bigint, reverse: boolean, at: bigint | undefined): ScanReading {
  const rows: (readonly [string, string])[] = [];
  const scan = attempt(() =>
    cursorRows(store, table, { reverse, ...atOption(at) }, (row) => {
      rows.push([nameOf({ table, keyHex: hex(row.key) }), hex(row.value)]);
    }),
  );
  const damaged = 'damage' in scan;
  const counting = attempt(() => store.count(table, atOption(at)));
  if (!damaged && 'value' in counting) expect(counting.value, 'rows that are counted').to.equal(rows.length);
  return { table, reverse, rows, damaged };
}

/** Whether the rows of a scan rise (fall, in reverse) strictly: nothing twice, nothing out of order. */
export function isInOrder({ rows, reverse }: ScanReading): boolean {
  return rows.every(([name], index) => {
    const [before] = rows[index - 1] ?? [];
    return before === undefined || (reverse ? compareText(name, before) < 0 : compareText(before, name) < 0);
  });
}
