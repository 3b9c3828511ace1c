/** The figures of a store, counted with the independent decoders: what `stat` must say. */
import { compareBigint, hex, U64_MAX } from './bytes.js';
import {
  decodePage,
  decodeSuperblock,
  PAGE_BYTES,
  pageOf,
  type RawEntry,
  type RawSuperblock,
} from './format1-decode.js';
import { decodeFormat2 } from './format2-decode.js';
import type { KeyEvent, Key2, Table2 } from './format2/tables.js';
import type { Event2 } from './format2/events.js';

/** Keys of what is named in a list, with its bytes. */
export type BytesOfKeys = readonly { readonly table: bigint; readonly key: string; readonly bytes: number }[];

export interface CountedTable {
  readonly id: bigint;
  readonly rows: number;
  readonly keys: number;
  readonly versions: number;
  readonly events: number | null;
  readonly pages: Readonly<Record<'leaf' | 'internal' | 'historyLeaf' | 'historyInternal' | 'value', number>>;
  readonly bytes: Readonly<Record<'keys' | 'values' | 'history' | 'overhead' | 'free', number>>;
}

export interface CountedStore {
  readonly tables: readonly CountedTable[];
  readonly catalogue: number;
  readonly free: number;
  readonly leaked: number;
  /** All keys with the bytes that they take, the largest first. */
  readonly largest: BytesOfKeys;
  /** Stamps of all pages of tables, ascending; null where they have none. */
  readonly stamps: readonly bigint[] | null;
}

export function countFigures(file: Buffer): CountedStore {
  return file.readUInt32LE(8) === 1 ? countFormat1(file) : countFormat2(file);
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0);

const byBytes = (keys: BytesOfKeys): BytesOfKeys => [...keys].sort((a, b) => b.bytes - a.bytes);

// Format 1

const STALE = { allowStaleBytes: true };
const ignore = (): void => {};

/** Bytes of a page that no item, slot or frame uses. */
const freeBytes = (itemLengths: readonly number[]): number =>
  PAGE_BYTES - 36 - sum(itemLengths.map((length) => 4 + length));

const entryBytes = ({ key, versions }: RawEntry): number =>
  4 + key.length + sum(versions.map(({ data }) => 20 + data.length));

function countFormat1(file: Buffer): CountedStore {
  const superblock = decodeSuperblock(pageOf(file, 0), STALE, ignore)!;
  const largest: { table: bigint; key: string; bytes: number }[] = [];
  const tables = [...superblock.tables]
    .sort((a, b) => compareBigint(a.id, b.id))
    .map((table) => {
      const entries: RawEntry[] = [];
      const pages = { leaf: 0, internal: 0, historyLeaf: 0, historyInternal: 0, value: 0 };
      let free = 0;
      const visit = (id: bigint): void => {
        const page = decodePage(pageOf(file, Number(id)), STALE, ignore)!;
        if (page.kind === 'leaf') {
          entries.push(...page.entries);
          free += freeBytes([8, ...page.entries.map(entryBytes)]);
          pages.leaf += 1;
        } else {
          free += freeBytes([8, ...page.separators.map((key) => 10 + key.length)]);
          pages.internal += 1;
          page.children.forEach(visit);
        }
      };
      if (table.height > 0) visit(table.root);
      for (const entry of entries) largest.push({ table: table.id, key: hex(entry.key), bytes: entryBytes(entry) });
      return countTable1(table.id, entries, pages, free, superblock);
    });
  const reached = sum(tables.map(({ pages }) => pages.leaf + pages.internal));
  const leaked = file.length / PAGE_BYTES - 1 - reached;
  return { tables, catalogue: 0, free: 0, leaked, largest: byBytes(largest), stamps: null };
}

function countTable1(
  id: bigint,
  entries: readonly RawEntry[],
  pages: CountedTable['pages'],
  free: number,
  { appliedPosition }: RawSuperblock,
): CountedTable {
  const versions = entries.flatMap((entry) => entry.versions);
  const visible = versions.filter(
    ({ createdAt, deletedAt }) =>
      createdAt <= appliedPosition && (deletedAt === U64_MAX || deletedAt > appliedPosition),
  );
  const keys = sum(entries.map(({ key }) => key.length));
  const values = sum(visible.map(({ data }) => data.length));
  const history = sum(versions.map(({ data }) => 20 + data.length)) - values - 20 * visible.length;
  const total = (pages.leaf + pages.internal) * PAGE_BYTES;
  return {
    id,
    rows: visible.length,
    keys: entries.length,
    versions: versions.length,
    events: null,
    pages,
    bytes: { keys, values, history, free, overhead: total - keys - values - history - free },
  };
}

// Format 2

const lengthOf = (event: Event2): number =>
  event.kind === 'inline' ? event.value.length : event.kind === 'external' ? event.external.length : 0;
/** Of an event in its item. */
const eventBytes = (event: Event2): number => 10 + (event.kind === 'external' ? 12 : lengthOf(event));
const outsideBytes = (event: Event2): number => (event.kind === 'external' ? event.external.length : 0);
const isPut = ({ event }: KeyEvent): boolean => event.kind !== 'deleted';

function countFormat2(file: Buffer): CountedStore {
  const decoded = decodeFormat2(file);
  const tables = decoded.tables.toSorted((a, b) => compareBigint(a.record.id, b.record.id));
  const pages = tables.flatMap((table) => pagesOf(table));
  const catalogue = decoded.catalogue?.pages.length ?? 0;
  const free = decoded.freePages.size;
  return {
    tables: tables.map(countTable2),
    catalogue,
    free,
    leaked: file.length / PAGE_BYTES - 2 - decoded.reachedPages.size - free,
    largest: byBytes(tables.flatMap((table) => [...table.keys.values()].map((key) => keyBytes(table, key)))),
    stamps: pages.map(({ header }) => header.stamp).sort(compareBigint),
  };
}

const pagesOf = ({ current, history, values }: Table2) => [
  ...current.pages,
  ...history.pages,
  ...[...values.values()].flatMap((value) => value.pages),
];

/** An item: both lengths, key, events; a run also has a position in its key, and a marker. */
const itemBytes = (keyLength: number, events: readonly Event2[], isRun: boolean): number =>
  4 + keyLength + sum(events.map(eventBytes)) + (isRun ? 18 : 0);

function keyBytes({ record }: Table2, { key, entry, runs, events }: Key2): BytesOfKeys[number] {
  const items = [
    itemBytes(key.length, entry?.item.events ?? [], false),
    ...runs.map((run) => itemBytes(key.length, run.item.events, true)),
    ...events.map(({ event }) => outsideBytes(event)),
  ];
  return { table: record.id, key: hex(key), bytes: sum(items) };
}

function countTable2(table: Table2): CountedTable {
  const { record, current, history, values } = table;
  const keys = [...table.keys.values()];
  const events = keys.flatMap((key) => key.events);
  const newest = keys.map((key) => key.events[0]!.event);
  const rows = newest.filter((event) => event.kind !== 'deleted');
  const valuePages = [...values.values()].map((value) => ({ ...value, pageCount: value.pages.length }));
  const pages = {
    leaf: current.leaves.length,
    internal: current.pages.length - current.leaves.length,
    historyLeaf: history.leaves.length,
    historyInternal: history.pages.length - history.leaves.length,
    value: sum(valuePages.map(({ pageCount }) => pageCount)),
  };
  const freeInTrees = [...current.pages, ...history.pages].map(({ items }) =>
    freeBytes(items.map((item) => item.length)),
  );
  // A page of a value has 4,052 bytes for a length of two bytes, the key, and the value.
  const freeInValues = valuePages.map(
    ({ pageCount, key, external }) => pageCount * 4052 - 2 - key.length - external.length,
  );
  const bytes = {
    keys: sum(keys.map(({ key }) => key.length)),
    values: sum(rows.map(lengthOf)),
    history: historyBytes(keys, newest),
    free: sum([...freeInTrees, ...freeInValues]),
  };
  const total = pagesOf(table).length * PAGE_BYTES;
  return {
    id: record.id,
    rows: rows.length,
    keys: keys.length,
    versions: events.filter(isPut).length,
    events: events.length,
    pages,
    bytes: { ...bytes, overhead: total - sum(Object.values(bytes)) },
  };
}

/** Runs whole, older events of entries, newest events that are deletions, and older values outside. */
function historyBytes(keys: readonly Key2[], newest: readonly Event2[]): number {
  const runs = keys.flatMap(({ key, runs: ofKey }) =>
    ofKey.map(({ item }) => itemBytes(key.length, item.events, true)),
  );
  const older = keys.flatMap(({ entry }) => (entry?.item.events ?? []).slice(1).map(eventBytes));
  const deletions = newest.filter((event) => event.kind === 'deleted').map(eventBytes);
  const outside = keys.flatMap(({ events }) => events.slice(1).map(({ event }) => outsideBytes(event)));
  return sum([...runs, ...older, ...deletions, ...outside]);
}
