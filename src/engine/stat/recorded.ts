/** The figures that a store records, without counting anything. */
import { MIN_CACHE_PAGES } from '../cache/page-cache.js';
import type { FileSystem } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { TableEntry } from '../format/superblock.js';
import { isSalvaged } from '../format/v2/features.js';
import { formatNumber } from '../format/formats.js';
import { openToRead, type ReadableStore } from '../store/open-store.js';
import type { Figures, StatReport, TableFigures } from './report.js';

/** @throws StoreError as `BTreeStore.open` of a store that is only read */
export function recordedFigures(files: FileSystem, path: string, table: bigint | undefined): StatReport {
  const store = openToRead({ files, path, cachePages: MIN_CACHE_PAGES, format: undefined });
  try {
    return reportOf(store, table);
  } finally {
    store.pages.close();
  }
}

function reportOf({ pages, tables: catalogue }: ReadableStore, table: bigint | undefined): StatReport {
  const { superblock, format, notes } = pages;
  const { appliedPosition, appliedHash, nextPageId, record } = superblock;
  const tables = tablesOf(catalogue.entries(), table);
  const foreignFile = notes.find(({ code }) => code !== 'SUPERBLOCK_COPY_USED');
  return {
    format: formatNumber(format),
    isFast: true,
    pages: Number(nextPageId),
    bytes: Number(nextPageId) * PAGE_SIZE,
    appliedPosition,
    appliedHash,
    isSalvaged: isSalvaged(superblock),
    isCopyUsed: notes.length > (foreignFile === undefined ? 0 : 1),
    foreignFile,
    storePages: {
      superblock: format.superblock.pageIds.length,
      catalogue: record?.catalogue === null || record === undefined ? 0 : null,
      free: record?.freePages ?? 0,
      leaked: null,
    },
    tables,
    total: totalOf(tables),
    age: null,
    largest: null,
    hottest: null,
    spread: null,
    headroom: null,
  };
}

function tablesOf(entries: Iterable<TableEntry>, only: bigint | undefined): TableFigures[] {
  const tables: TableFigures[] = [];
  for (const entry of entries) if (only === undefined || entry.id === only) tables.push(figuresOf(entry));
  return tables.sort((a, b) => (a.id < b.id ? -1 : 1));
}

const UNKNOWN_PAGES = { leaf: null, internal: null, historyLeaf: null, historyInternal: null };

function figuresOf({ id, height, record }: TableEntry): TableFigures {
  const { rows = null, keys = null, events = null, treePages, valuePages } = record ?? {};
  const total = treePages === undefined || valuePages === undefined ? null : treePages + valuePages;
  return {
    id,
    height,
    historyHeight: record?.historyHeight ?? 0,
    oldest: record?.oldest ?? 0n,
    lastChanged: record?.lastChanged ?? null,
    ...{ rows, keys, versions: null, events },
    pages: { total, ...UNKNOWN_PAGES, value: valuePages ?? 0 },
    bytes: null,
    fill: null,
  };
}

function totalOf(tables: readonly TableFigures[]): Figures {
  const sum = (count: (table: TableFigures) => number | null): number | null =>
    tables.reduce<number | null>((before, table) => plus(before, count(table)), 0);
  return {
    rows: sum(({ rows }) => rows),
    keys: sum(({ keys }) => keys),
    versions: null,
    events: sum(({ events }) => events),
    pages: {
      total: sum(({ pages }) => pages.total),
      ...UNKNOWN_PAGES,
      value: sum(({ pages }) => pages.value),
    },
    bytes: null,
    fill: null,
  };
}

/** Where one of them is not known the sum is not. */
function plus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
