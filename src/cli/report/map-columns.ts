/** What a report says of each cell of its map. */
import {
  cellsOf,
  classesOf,
  countClasses,
  FINDING_CODES,
  FINDING_KINDS,
  isHarm,
  MAP_VIEWS,
  type MapView,
  type PageCensus,
} from '../../engine/index.js';
import { looksOf } from '../map/palette.js';
import type { JsonValue } from '../text/json.js';
import type { Column, Columns } from './columns.js';

/** A larger store has several pages in a cell, and its trees are shown without their leaves. */
export const CELLS_MAX = 250_000;
/** The numbers of findings that readers of the store suffer from. */
export const HARMFUL_NUMBERS: readonly number[] = FINDING_CODES.flatMap((code, index) =>
  isHarm(FINDING_KINDS[code].severity) ? [index + 1] : [],
);
const NOBODY = 0xffffffff;
const UNUSED = 0xffff;
const WORD = 2 ** 32;

export function pagesPerCell({ pages }: PageCensus): number {
  return Math.max(1, Math.ceil(pages / CELLS_MAX));
}

/** The classes of each view, with colours and numbers of pages. */
export function viewsJson(census: PageCensus): Record<string, JsonValue> {
  return Object.fromEntries(MAP_VIEWS.map((view) => [view, viewJson(census, view)]));
}

function viewJson(census: PageCensus, view: MapView): JsonValue {
  const classes = classesOf(census, view);
  const looks = looksOf(view, classes.names);
  return {
    names: classes.names,
    colours: looks.map(({ colour }) => colour),
    counts: countClasses(census, classes),
    none: classes.none ?? null,
  };
}

/** A column of classes for each view, and what else there is to say of a cell. */
export function mapColumns(census: PageCensus): Columns {
  const perCell = pagesPerCell(census);
  const cells = Math.ceil(census.pages / perCell);
  const views = MAP_VIEWS.map((view): [string, Column] => {
    return [view, shownClasses(census, view, perCell)];
  });
  const damage = new Uint8Array(cells);
  const used = new Uint16Array(cells).fill(UNUSED);
  const parent = new Uint32Array(cells).fill(NOBODY);
  const tableIndex = new Uint32Array(cells).fill(NOBODY);
  const stamps = new Float64Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    const end = Math.min(census.pages, (cell + 1) * perCell);
    damage[cell] = worstOf(census, cell * perCell, end);
    used[cell] = meanUse(census, cell * perCell, end);
    for (let page = cell * perCell; page < end; page++) {
      stamps[cell] = Math.max(stamps[cell] ?? 0, census.stamp(page));
    }
    if (perCell > 1) continue;
    parent[cell] = census.parent(cell) ?? NOBODY;
    tableIndex[cell] = census.tableIndex(cell) >>> 0;
  }
  return { ...Object.fromEntries(views), damage, used, parent, tableIndex, ...stampColumns(census, stamps) };
}

function shownClasses(census: PageCensus, view: MapView, perCell: number): Uint8Array {
  const classes = classesOf(census, view);
  const shown = new Uint8Array(Math.ceil(census.pages / perCell));
  if (perCell > 1) {
    for (const cell of cellsOf(census, classes, perCell)) shown[cell.firstPage / perCell] = cell.shown;
    return shown;
  }
  for (let page = 0; page < census.pages; page++) shown[page] = classes.classOf(page);
  return shown;
}

function stampColumns({ hasStamps }: PageCensus, stamps: Float64Array): Columns {
  if (!hasStamps) return {};
  const stampLow = new Uint32Array(stamps.length);
  const stampHigh = new Uint32Array(stamps.length);
  let isLong = false;
  for (let cell = 0; cell < stamps.length; cell++) {
    const stamp = stamps[cell] as number;
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
