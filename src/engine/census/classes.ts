/** Pages in classes, by what a map shows of them: each page is in exactly one. */
import { AGE_PARTS } from '../stat/page-ages.js';
import { FILL_STEPS, fillStep } from '../stat/page-fills.js';
import { PositionParts } from '../stat/position-parts.js';
import type { PageCensus } from './page-census.js';
import { PAGE_KINDS } from './page-kinds.js';

export const MAP_VIEWS = ['kind', 'fill', 'age', 'table'] as const;

export type MapView = (typeof MAP_VIEWS)[number];

/** Tables that a map tells apart; those with the fewest pages are in one class. */
const TABLES_SHOWN = 7;

export interface PageClasses {
  readonly view: MapView;
  /** What they are called. */
  readonly names: readonly string[];
  /** The class for what does not apply to a page; the last one. Undefined where there is no such class. */
  readonly none: number | undefined;
  classOf(page: number): number;
  /** The class of a cell of several pages, by how many of them are in each class. */
  combine(counts: Uint32Array): number;
}

export function classesOf(census: PageCensus, view: MapView): PageClasses {
  return MAKERS[view](census);
}

const MAKERS: Readonly<Record<MapView, (census: PageCensus) => PageClasses>> = {
  kind: byKind,
  fill: byFill,
  age: byAge,
  table: byTable,
};

function byKind(census: PageCensus): PageClasses {
  return {
    view: 'kind',
    names: PAGE_KINDS,
    none: undefined,
    classOf: (page) => census.kinds[page] ?? 0,
    combine: mostFrequent,
  };
}

function byFill(census: PageCensus): PageClasses {
  const percent = (step: number): number => (step * 100) / FILL_STEPS;
  const names = Array.from({ length: FILL_STEPS }, (_, step) => `${percent(step)} to ${percent(step + 1)} %`);
  return {
    view: 'fill',
    names: [...names, 'no tree or value'],
    none: FILL_STEPS,
    classOf: (page) => {
      const used = census.used(page);
      return used === undefined ? FILL_STEPS : fillStep(used);
    },
    combine: (counts) => meanOf(counts, FILL_STEPS),
  };
}

function byAge(census: PageCensus): PageClasses {
  const applied = census.content?.appliedPosition ?? 0n;
  const parts = new PositionParts(0n, applied, AGE_PARTS);
  const names = Array.from({ length: AGE_PARTS }, (_, part) => {
    const { from, to } = parts.range(part);
    return from > to ? '' : from === to ? `position ${from}` : `positions ${from} to ${to}`;
  });
  return {
    view: 'age',
    names: [...names, 'not known'],
    none: AGE_PARTS,
    classOf: (page) => {
      const stamp = census.stamp(page);
      if (stamp === 0 || applied === 0n) return AGE_PARTS;
      return parts.indexOfNumber(stamp) ?? AGE_PARTS - 1;
    },
    combine: (counts) => newestOf(counts, AGE_PARTS),
  };
}

function byTable(census: PageCensus): PageClasses {
  const pages = new Uint32Array(census.records.length);
  for (let page = 0; page < census.pages; page++) {
    const table = census.tableIndex(page);
    if (table >= 0) pages[table] = (pages[table] as number) + 1;
  }
  const largest = [...pages.keys()].sort((a, b) => (pages[b] as number) - (pages[a] as number) || a - b);
  const isFew = largest.length <= TABLES_SHOWN + 1;
  const shown = (isFew ? largest : largest.slice(0, TABLES_SHOWN)).sort((a, b) => a - b);
  const classes = new Map(shown.map((table, index) => [table, index]));
  const names = shown.map((table) => `table ${census.records[table]?.id ?? ''}`);
  const others = shown.length;
  const none = isFew ? others : others + 1;
  return {
    view: 'table',
    names: [...names, ...(isFew ? [] : ['other tables']), 'no table'],
    none,
    classOf: (page) => {
      const table = census.tableIndex(page);
      return table < 0 ? none : (classes.get(table) ?? others);
    },
    combine: mostFrequent,
  };
}

function mostFrequent(counts: Uint32Array): number {
  let best = 0;
  for (let index = 1; index < counts.length; index++) {
    if ((counts[index] as number) > (counts[best] as number)) best = index;
  }
  return best;
}

/** The mean of the steps of those pages that have one. */
function meanOf(counts: Uint32Array, none: number): number {
  let pages = 0;
  let steps = 0;
  for (let step = 0; step < none; step++) {
    pages += counts[step] as number;
    steps += step * (counts[step] as number);
  }
  return pages === 0 ? none : Math.round(steps / pages);
}

function newestOf(counts: Uint32Array, none: number): number {
  for (let part = none - 1; part >= 0; part--) {
    if ((counts[part] as number) > 0) return part;
  }
  return none;
}

/** How many pages of a census are in each class. */
export function countClasses({ pages }: PageCensus, classes: PageClasses): number[] {
  const counts = new Array<number>(classes.names.length).fill(0);
  for (let page = 0; page < pages; page++) {
    const index = classes.classOf(page);
    counts[index] = (counts[index] as number) + 1;
  }
  return counts;
}
