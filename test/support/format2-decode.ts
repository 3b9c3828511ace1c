/**
 * An independent decoder of format 2, written from the description of the bytes alone.
 *
 * It shares nothing with src/engine on purpose: what one misunderstands, the other must not repeat. It never throws on
 * bad bytes; it keeps what it could not read as faults, and gives back what can still be understood. What bytes that
 * can be read say is judged by `checkFormat2`.
 */
import { FIRST_PAGE, PAGE_BYTES, pageOf } from './format2/layout.js';
import { decodePage, type Page2 } from './format2/page.js';
import { historyIn, type HistoryEvent2, type Row2, rowsIn } from './format2/read.js';
import { decodeCatalogueEntry, type Record2 } from './format2/records.js';
import { type Fault, reportInto } from './format2/rules.js';
import { decodeSuperblock, type Superblock2, type SuperblockPage } from './format2/superblock.js';
import { readTable, type Table2 } from './format2/tables.js';
import { buildTree, entriesOf, PageTable, type Tree2 } from './format2/tree.js';

export interface Decoded2 {
  /** Pages 0 and 1; undefined where the file ends before. */
  readonly superblocks: readonly [SuperblockPage | undefined, SuperblockPage | undefined];
  /** The one that counts: page 0; page 1 where that is not whole, or where both are and it has the later commit. */
  readonly superblock: Superblock2 | undefined;
  /** Every page from 2 on, free ones and those past the next page id included, by page id. */
  readonly pages: ReadonlyMap<number, Page2>;
  /** Of the superblock or of the catalogue. */
  readonly records: readonly Record2[];
  readonly catalogue: Tree2 | undefined;
  readonly tables: readonly Table2[];
  readonly freePages: ReadonlySet<number>;
  /** Pages that a tree or a value uses. */
  readonly reachedPages: ReadonlySet<number>;
  /** Everything that could not be read, or not as the description has it. */
  readonly faults: readonly Fault[];
  /** Rows visible at a position, ascending by key. Throws on a value that cannot be read. */
  readonly rowsAt: (table: bigint, position: bigint) => Row2[];
  /** Events of a key over leaf and runs, newest first. Throws on a value that cannot be read. */
  readonly historyOf: (table: bigint, key: Uint8Array) => HistoryEvent2[];
}

export function decodeFormat2(file: Buffer): Decoded2 {
  const superblocks = [superblockAt(file, 0), superblockAt(file, 1)] as const;
  const counting = countingSuperblock(superblocks);
  const superblock = counting?.superblock;
  const pages = decodePages(file);
  const faults: Fault[] = [...(superblocks[0]?.faults ?? [])];
  if (counting !== undefined && counting !== superblocks[0]) faults.push(...counting.faults);
  const table = new PageTable(pages, superblock?.nextPageId ?? 0n, faults);
  const catalogue = superblock && readCatalogue(table, superblock);
  const records = [
    ...(superblock?.records ?? []),
    ...(catalogue === undefined ? [] : catalogueRecords(catalogue, faults)),
  ];
  const tables = records.flatMap((record) => (record.kind === 'table' ? [readTable(table, record)] : []));
  const tableById = new Map(tables.map((decoded) => [decoded.record.id, decoded]));
  return {
    superblocks,
    superblock,
    pages,
    records,
    catalogue,
    tables,
    freePages: new Set(records.flatMap((record) => (record.kind === 'free-map' ? record.pages : []))),
    reachedPages: table.reached,
    faults,
    rowsAt: (id, position) => rowsIn(tableById.get(id), position),
    historyOf: (id, key) => historyIn(tableById.get(id), key),
  };
}

const superblockAt = (file: Buffer, page: 0 | 1): SuperblockPage | undefined =>
  file.length < (page + 1) * PAGE_BYTES ? undefined : decodeSuperblock(pageOf(file, page), page);

function countingSuperblock([first, second]: Decoded2['superblocks']): SuperblockPage | undefined {
  if (second?.whole !== true) return first;
  if (first?.whole !== true) return second;
  const [base, copy] = [first.superblock?.commitNumber ?? 0n, second.superblock?.commitNumber ?? 0n];
  return copy > base ? second : first;
}

function decodePages(file: Buffer): Map<number, Page2> {
  const pages = new Map<number, Page2>();
  for (let id = FIRST_PAGE; (id + 1) * PAGE_BYTES <= file.length; id += 1) {
    pages.set(id, decodePage(pageOf(file, id), id));
  }
  return pages;
}

function readCatalogue(table: PageTable, { catalogueRoot, catalogueHeight }: Superblock2): Tree2 | undefined {
  if (catalogueRoot === 0 && catalogueHeight === 0) return undefined;
  return buildTree(table, 'catalogue', 0n, catalogueRoot, catalogueHeight);
}

function catalogueRecords(catalogue: Tree2, faults: Fault[]): Record2[] {
  return entriesOf(catalogue).flatMap(
    ({ page, item }) => decodeCatalogueEntry(item, reportInto(faults, page.id)) ?? [],
  );
}
