/** The figures of a store on a terminal: tables with bars. */
import type { SpreadStep, StatReport } from '../../engine/index.js';
import type { Presenter } from '../output/presenter.js';
import { headed, type ProseLine } from '../output/prose.js';
import { counted, grouped } from '../text/counts.js';
import { escapeControls } from '../text/escape.js';
import { HEADROOM_VIEW, LARGEST_VIEW, type Share, sharesView, type TableRow, TABLES_STAT_VIEW } from './views.js';

/** Shows all figures, one table after the other; those that are not known are left out. */
export async function showFigures(print: Presenter, store: string, report: StatReport): Promise<void> {
  const { age, largest, headroom } = report;
  await print.prose(headLines(store, report));
  await print.rows(tableRows(report), TABLES_STAT_VIEW);
  for (const { title, unit, shares } of sharesOf(report)) {
    await print.prose([{ text: '' }]);
    await print.rows(shares, sharesView(title, unit));
  }
  for (const { title, unit, shares } of spreadsOf(report)) {
    await print.prose([{ text: '' }]);
    await print.rows(shares, sharesView(title, unit));
  }
  if (age !== null && age.length > 0) {
    await print.prose([{ text: '' }]);
    const parts = age.map(({ from, to, pages }) => ({ name: `${from} to ${to}`, count: pages }));
    await print.rows(withFractions(parts), sharesView('CHANGED LAST AT', 'PAGES'));
  }
  if (largest !== null && largest.length > 0) {
    await print.prose([{ text: '' }, { text: 'the keys that take the most room, with their history:' }]);
    await print.rows(largest, LARGEST_VIEW);
  }
  if (headroom !== null && headroom.length > 0) {
    await print.prose([{ text: '' }, { text: 'the keys that can be updated least often with values like the last:' }]);
    await print.rows(headroom, HEADROOM_VIEW);
  }
}

/** The tables, and if there are several the sum of them. */
function* tableRows({ tables, total }: StatReport): Generator<TableRow, void> {
  for (const table of tables) yield { ...table, name: table.id.toString() };
  if (tables.length > 1) yield { ...total, name: 'all', height: null, oldest: null };
}

function headLines(store: string, report: StatReport): ProseLine[] {
  const { format, pages, bytes, appliedPosition, appliedHash, isSalvaged, isFast } = report;
  const size = `${counted(pages, 'page', 'pages')}, ${counted(bytes, 'byte', 'bytes')}`;
  const hash = appliedHash.every((byte) => byte === 0) ? 'not known' : Buffer.from(appliedHash).toString('hex');
  return [
    headed('heading', `${escapeControls(store)}:`, ` format ${format}, ${size}`),
    { text: `position ${appliedPosition}` },
    ...(appliedPosition === 0n ? [] : [{ text: `hash ${hash}` }]),
    ...(isSalvaged ? [headed('problem', 'salvaged:', ' something of it was lost')] : []),
    ...(isFast ? [{ text: 'only what is recorded: without --fast everything is counted' }] : []),
  ];
}

interface Shares {
  readonly title: string;
  readonly unit: string;
  readonly shares: readonly Share[];
}

function sharesOf({ total, storePages }: StatReport): Shares[] {
  const { total: pagesTotal, ...pages } = total.pages;
  if (total.bytes === null || pagesTotal === null) return [];
  const kinds = { ...pages, ...storePages };
  return [
    { title: 'BYTES', unit: 'OF TABLES', shares: withFractions(namedCounts(total.bytes)) },
    { title: 'PAGES', unit: 'OF ALL', shares: withFractions(namedCounts(kinds)) },
  ];
}

/** How pages, keys and rows differ. */
function spreadsOf({ spread }: StatReport): Shares[] {
  if (spread === null || spread.versions.length === 0) return [];
  const { fill, versions, valueBytes } = spread;
  const part = 100 / fill.length;
  const fills = fill.map((count, step) => ({ name: `${step * part} to ${(step + 1) * part} %`, count }));
  const spreads = [
    { title: 'FILL', unit: 'PAGES', shares: withFractions(fills) },
    { title: 'VERSIONS', unit: 'KEYS', shares: withFractions(versions.map(namedStep)) },
    { title: 'VALUE BYTES', unit: 'ROWS', shares: withFractions(valueBytes.map(namedStep)) },
  ];
  return spreads.filter(({ shares }) => shares.length > 0);
}

function namedStep({ from, to, count }: SpreadStep): Omit<Share, 'fraction'> {
  return { name: from === to ? grouped(from) : `${grouped(from)} to ${grouped(to)}`, count };
}

const NAMES: Readonly<Record<string, string>> = { historyLeaf: 'history leaf', historyInternal: 'history internal' };

function namedCounts(counts: object): Omit<Share, 'fraction'>[] {
  return Object.entries(counts).flatMap(([name, count]: [string, unknown]) =>
    typeof count === 'number' ? [{ name: NAMES[name] ?? name, count }] : [],
  );
}

function withFractions(parts: readonly Omit<Share, 'fraction'>[]): Share[] {
  const whole = parts.reduce((sum, { count }) => sum + count, 0);
  return parts.map((part) => ({ ...part, fraction: whole === 0 ? 0 : part.count / whole }));
}
