import type { ChalkInstance } from 'chalk';
import type CliTable3 from 'cli-table3';
import { fitWidths } from './column-widths.js';
import type { RowSink, RowView } from './row-view.js';
import { cutToWidth, StandIns, textWidth } from './text-width.js';

const ROWS_PER_BATCH = 100;
const WIDTH_UNKNOWN = 80;
// Far beyond any terminal: a value of megabytes is not measured in full.
const LONGEST_CELL = 2000;

const BORDERS = ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) => [side, `${side}-mid`]);
const CORNERS = ['top', 'bottom'].flatMap((side) => [`${side}-left`, `${side}-right`]);
const NO_BORDERS = Object.fromEntries([...BORDERS, ...CORNERS].map((name) => [name, '']));

/** Rows as a table for people: widths come from the first rows, longer cells are cut with `…`. */
export async function tableSink<Row>(
  view: RowView<Row>,
  screenWidth: number | undefined,
  chalk: ChalkInstance,
): Promise<RowSink<Row>> {
  const { default: Table } = await import('cli-table3');
  // Some terminals say that they have no width at all.
  const width = screenWidth === undefined || screenWidth === 0 ? WIDTH_UNKNOWN : screenWidth;
  return new TableSink(view, width, chalk, Table);
}

class TableSink<Row> implements RowSink<Row> {
  readonly #view: RowView<Row>;
  readonly #screenWidth: number;
  readonly #chalk: ChalkInstance;
  readonly #Table: typeof CliTable3;
  #widths: readonly number[] | undefined;
  #cells: string[][] = [];

  constructor(view: RowView<Row>, screenWidth: number, chalk: ChalkInstance, Table: typeof CliTable3) {
    this.#view = view;
    this.#screenWidth = screenWidth;
    this.#chalk = chalk;
    this.#Table = Table;
  }

  add(row: Row): string {
    this.#cells.push(this.#view.columns.map((column) => clip(column.text(row))));
    return this.#cells.length < ROWS_PER_BATCH ? '' : this.end();
  }

  end(): string {
    if (this.#cells.length === 0) return '';
    const cells = this.#cells;
    this.#cells = [];
    if (this.#widths !== undefined) return this.#render(cells, this.#widths);

    const names = this.#view.columns.map((column) => column.name);
    this.#widths = fitWidths(widestOf([names, ...cells]), this.#screenWidth);
    return this.#render(cells, this.#widths, names);
  }

  #render(cells: readonly string[][], widths: readonly number[], names?: readonly string[]): string {
    const standIns = new StandIns();
    const fit = (row: readonly string[]) => row.map((text, index) => cutToWidth(text, widths[index] ?? 0));
    const table = new this.#Table({
      chars: { ...NO_BORDERS, middle: '  ' },
      style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
      colWidths: [...widths],
      colAligns: this.#view.columns.map((column) => (column.alignRight === true ? 'right' : 'left')),
    });
    if (names !== undefined) table.push(fit(names).map((name) => this.#chalk.bold(name)));
    table.push(...cells.map((row) => fit(row).map((text) => standIns.hide(text))));
    return `${standIns.restore(table.toString()).replace(/ +$/gm, '')}\n`;
  }
}

function widestOf(rows: readonly string[][]): number[] {
  const first = rows[0] ?? [];
  return first.map((_, index) => Math.max(...rows.map((row) => textWidth(row[index] ?? ''))));
}

function clip(text: string): string {
  return text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL)}…` : text;
}
