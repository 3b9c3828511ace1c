/** What a report says of each cell of its map. */
import {
  classesOf,
  FINDING_CODES,
  FINDING_KINDS,
  isHarm,
  MAP_VIEWS,
  type MapView,
  type PageCensus,
} from '../../engine/index.js';
import { looksOf } from '../map/palette.js';
import type { JsonValue } from '../text/json.js';
import type { Columns } from './columns.js';

/** A larger store has several pages in a cell; of its trees at most so many pages are shown. */
export const CELLS_MAX = 250_000;
/** The numbers of findings that readers of the store suffer from. */
export const HARMFUL_NUMBERS: readonly number[] = FINDING_CODES.flatMap((code, index) =>
  isHarm(FINDING_KINDS[code].severity) ? [index + 1] : [],
);
const NOBODY = 0xffffffff;
const UNUSED = 0xffff;
const UNKNOWN_FILL = 255;
const PAGE_SIZE = 4096;
const WORD = 2 ** 32;

export function pagesPerCell({ pages }: PageCensus): number {
  return Math.max(1, Math.ceil(pages / CELLS_MAX));
}

/** How full a page is, in a byte. */
export function fillByte(census: PageCensus, page: number): number {
  const used = census.used(page);
  return used === undefined ? UNKNOWN_FILL : Math.round((used / PAGE_SIZE) * (UNKNOWN_FILL - 1));
}

/** The map: columns of numbers, one a cell, and for each view its classes, with colours and numbers of pages. */
export interface MapColumns {
  readonly columns: Columns;
  readonly views: Readonly<Record<string, JsonValue>>;
}

export function mapColumns(census: PageCensus): MapColumns {
  const shown = MAP_VIEWS.map((view) => ({ view, ...shownClasses(census, view) }));
  return {
    columns: {
      ...Object.fromEntries(shown.map(({ view, column }) => [view, column])),
      ...cellColumns(census),
      ...stampColumns(census),
    },
    views: Object.fromEntries(shown.map(({ view, classes }) => [view, classes])),
  };
}

/** The class that each cell shows, and how many pages are in each class. */
function shownClasses(census: PageCensus, view: MapView): { column: Uint8Array; classes: JsonValue } {
  const classes = classesOf(census, view);
  const { names } = classes;
  const perCell = pagesPerCell(census);
  const column = new Uint8Array(Math.ceil(census.pages / perCell));
  const counts = new Uint32Array(names.length);
  const inCell = new Uint32Array(names.length);
  for (let cell = 0; cell < column.length; cell++) {
    if (perCell > 1) inCell.fill(0);
    const end = Math.min(census.pages, (cell + 1) * perCell);
    for (let page = cell * perCell; page < end; page++) {
      const index = classes.classOf(page);
      counts[index] = (counts[index] as number) + 1;
      inCell[index] = (inCell[index] as number) + 1;
      column[cell] = index;
    }
    if (perCell > 1) column[cell] = classes.combine(inCell);
  }
  const colours = looksOf(view, names).map(({ colour }) => colour);
  return { column, classes: { names, colours, counts: [...counts], none: classes.none ?? null } };
}

function cellColumns(census: PageCensus): Columns {
  const perCell = pagesPerCell(census);
  const cells = Math.ceil(census.pages / perCell);
  const damage = new Uint8Array(cells);
  const used = new Uint16Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    const end = Math.min(census.pages, (cell + 1) * perCell);
    damage[cell] = worstOf(census, cell * perCell, end);
    used[cell] = meanUse(census, cell * perCell, end);
  }
  return { damage, used, ...(perCell > 1 ? {} : pageColumns(census)) };
}

/** What is said of a page alone. */
function pageColumns(census: PageCensus): Columns {
  const parent = new Uint32Array(census.pages);
  const tableIndex = new Uint32Array(census.pages);
  for (let page = 0; page < census.pages; page++) {
    parent[page] = census.parent(page) ?? NOBODY;
    tableIndex[page] = census.tableIndex(page) >>> 0;
  }
  return { parent, tableIndex };
}

/** The newest stamp in each cell. */
function stampColumns(census: PageCensus): Columns {
  if (!census.hasStamps) return {};
  const perCell = pagesPerCell(census);
  const cells = Math.ceil(census.pages / perCell);
  const stampLow = new Uint32Array(cells);
  const stampHigh = new Uint32Array(cells);
  let isLong = false;
  for (let cell = 0; cell < cells; cell++) {
    const end = Math.min(census.pages, (cell + 1) * perCell);
    let stamp = 0;
    for (let page = cell * perCell; page < end; page++) stamp = Math.max(stamp, census.stamp(page));
    stampLow[cell] = stamp % WORD;
    stampHigh[cell] = stamp / WORD;
    isLong ||= stamp >= WORD;
  }
  return { stampLow, ...(isLong ? { stampHigh } : {}) };
}

function worstOf({ damage }: PageCensus, first: number, end: number): number {
  if (end - first === 1) return damage.worst[first] ?? 0;
  const worst = damage.worst.subarray(first, end);
  const harm = worst.find((number) => HARMFUL_NUMBERS.includes(number));
  return harm ?? worst.find((number) => number > 0) ?? 0;
}

function meanUse(census: PageCensus, first: number, end: number): number {
  let sum = 0;
  let count = 0;
  for (let page = first; page < end; page++) {
    const used = census.used(page);
    if (used === undefined) continue;
    sum += used;
    count++;
  }
  return count === 0 ? UNUSED : Math.round(sum / count);
}
