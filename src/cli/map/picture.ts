/** A map of a store: its pages as cells from the first to the last, a legend, and how many pages are in each class. */
import {
  cellsOf,
  classesOf,
  countClasses,
  isHarm,
  type MapView,
  type PageCensus,
  type PageClasses,
} from '../../engine/index.js';
import { percent } from '../stat/bars.js';
import { counted, grouped } from '../text/counts.js';
import { barText, type Canvas, cellText, coloured, damageText } from './canvas.js';
import { damageLines } from './damage-lines.js';
import { looksOf } from './palette.js';

const USUAL_LINES = 24;
/** Lines around the cells. */
const OTHER_LINES = 8;
const FEWEST_LINES = 8;
/** From this width on the legend is beside the cells. */
const WIDE = 80;
const LEGEND_WIDTH = { narrow: 40, wide: 56 } as const;
const VERY_WIDE = 120;
const GRID_WIDTHS = [160, 128, 100, 80, 64, 50, 40, 32, 25, 20, 16, 10, 5];
const GAP = 2;

/** All lines of the picture. */
export function* mapLines(store: string, census: PageCensus, view: MapView, canvas: Canvas): Generator<string, void> {
  const classes = classesOf(census, view);
  const isBeside = canvas.columns >= WIDE;
  const legendWidth = canvas.columns >= VERY_WIDE ? LEGEND_WIDTH.wide : LEGEND_WIDTH.narrow;
  const labelWidth = Math.max(1, census.pages - 1).toString().length;
  const room = canvas.columns - labelWidth - 1 - (isBeside ? GAP + legendWidth : 0);
  const width = GRID_WIDTHS.find((each) => each <= room) ?? 1;
  const height = Math.max(FEWEST_LINES, (canvas.lines ?? USUAL_LINES) - OTHER_LINES);
  const perCell = niceNumber(census.pages / (width * height));
  const cells = perCell === 1 ? 'a cell a page' : `a cell ${grouped(perCell)} pages`;
  yield `${store}: ${counted(census.pages, 'page', 'pages')} by ${view}, ${cells}`;
  const rows = [...gridRows(census, classes, { canvas, width, perCell, labelWidth })];
  const legend = legendLines(census, classes, canvas, isBeside ? legendWidth : canvas.columns);
  if (isBeside) yield* besideEachOther(rows, legend, labelWidth + 1 + width);
  else yield* [...rows.map((row) => row.trimEnd()), ...legend];
  yield* damageLines(census, canvas);
}

/** The first of 1, 2, 5, 10, 20, 50, … that is not smaller. */
function niceNumber(least: number): number {
  for (let power = 1; ; power *= 10) {
    const found = [1, 2, 5].find((step) => step * power >= least);
    if (found !== undefined) return found * power;
  }
}

interface GridShape {
  readonly canvas: Canvas;
  readonly width: number;
  readonly perCell: number;
  readonly labelWidth: number;
}

function* gridRows(
  census: PageCensus,
  classes: PageClasses,
  { canvas, width, perCell, labelWidth }: GridShape,
): Generator<string, void> {
  const texts = cellTexts(classes, canvas);
  const damage = damageText(canvas);
  let row = '';
  let count = 0;
  for (const { firstPage, shown, worst } of cellsOf(census, classes, perCell)) {
    if (count % width === 0) {
      if (count > 0) yield row;
      row = `${firstPage.toString().padStart(labelWidth)} `;
    }
    row += isHarm(worst) ? damage : (texts[shown] ?? ' ');
    count++;
  }
  if (count > 0) yield row + ' '.repeat((width - (count % width)) % width);
}

function cellTexts(classes: PageClasses, canvas: Canvas): string[] {
  const { view, names, none } = classes;
  const isStepped = view === 'fill' || view === 'age';
  return looksOf(view, names).map((look, at) =>
    cellText(canvas, look, isStepped && at !== none ? { at, of: names.length - 1 } : undefined),
  );
}

/** A line a class that has pages. */
function legendLines(census: PageCensus, classes: PageClasses, canvas: Canvas, width: number): string[] {
  const counts = countClasses(census, classes);
  const texts = cellTexts(classes, canvas);
  const looks = looksOf(classes.view, classes.names);
  const isShown = (index: number): boolean => (counts[index] ?? 0) > 0;
  const names = classes.names.filter((_, index) => isShown(index));
  const nameWidth = Math.max(...names.map((name) => name.length));
  const countWidth = Math.max(...counts.map((count) => grouped(count).length));
  const barWidth = Math.max(0, width - 2 - nameWidth - 2 - countWidth - 7);
  return classes.names.flatMap((name, index) => {
    const count = counts[index] ?? 0;
    if (!isShown(index)) return [];
    const share = count / Math.max(1, census.pages);
    const figures = `${grouped(count).padStart(countWidth)} ${percent(share).padStart(5)}`;
    const bar = barText(canvas.unicode, share, barWidth);
    return `${texts[index]} ${name.padEnd(nameWidth)}  ${figures} ${coloured(canvas, looks[index], bar)}`.trimEnd();
  });
}

function* besideEachOther(rows: readonly string[], legend: readonly string[], width: number): Generator<string, void> {
  for (let line = 0; line < Math.max(rows.length, legend.length); line++) {
    const text = legend[line];
    const row = rows[line] ?? ' '.repeat(width);
    yield text === undefined ? row.trimEnd() : `${row}${' '.repeat(GAP)}${text}`;
  }
}
