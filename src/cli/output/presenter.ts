/** Prints what a command has to say: results, rows, notes. */
import { outputFailedAfter } from '../cli-error.js';
import type { Steps } from '../../engine/index.js';
import { io } from '../io.js';
import { colourLevel, loadChalk } from './colour.js';
import { escapeBytes, escapeControls } from '../text/escape.js';
import { toJson, type JsonValue } from '../text/json.js';
import { paintMessage } from './message-paint.js';
import { Output } from './output.js';
import { chalkPaint, type Paint, plainPaint } from './paint.js';
import { Progress } from './progress.js';
import { type Breaking, printed, type ProseLine } from './prose.js';
import { jsonLines, separatedLines, type RowSink, type RowView } from './row-view.js';
import { RowBytes, type RowForm } from './row-bytes.js';
import { writeRowBytes, writeRows } from './row-writer.js';

/** What fits any terminal: to break lines takes a while to load. */
const SHORT = 20;

export interface Style {
  readonly json: boolean;
  readonly noColor: boolean;
}

/** Prints results to stdout in the form that was asked for. Everything is written when its promises are fulfilled. */
export class Presenter {
  readonly #style: Style;
  readonly #output = new Output(io().stdout);

  constructor(style: Style) {
    this.#style = style;
  }

  /** One result: an object in JSON, else a line of text. */
  async result(json: JsonValue, text: string): Promise<void> {
    if (this.#style.json) await this.line(toJson(json));
    else await this.line(text.length <= SHORT ? text : (await loadBreaking())(text).join('\n'));
  }

  /** Lines for people. */
  async prose(lines: Iterable<ProseLine>): Promise<void> {
    const breakLine = await loadBreaking();
    await this.lines(function* (paint) {
      for (const line of lines) yield* printed(line, paint, breakLine);
    });
  }

  /**
   * The result of a command that has changed a store: when it cannot be printed the error says that the change was
   * made.
   */
  async committed(position: bigint, json: JsonValue, text: string): Promise<void> {
    try {
      await this.result(json, text);
    } catch (error) {
      throw outputFailedAfter(error, position);
    }
  }

  /** One line that is ready to print. */
  async line(text: string): Promise<void> {
    this.#output.add(`${text}\n`);
    await this.#output.flush();
  }

  /** Bytes as they are, or on a terminal, which they might steer, as escaped text; and a line end. */
  async value(bytes: Uint8Array): Promise<void> {
    if (io().stdout.isTTY === true) {
      await this.line(escapeBytes(bytes));
      return;
    }
    await this.bytes(bytes);
    await this.line('');
  }

  /** Exactly these bytes. */
  async bytes(bytes: Uint8Array): Promise<void> {
    await this.#output.addBytes(bytes);
  }

  /** Lines in which `paint` gives colours, where there are any; `columns` is the width of a terminal. */
  async lines(make: (paint: Paint, columns: number | undefined) => Iterable<string>): Promise<void> {
    const { stdout, env } = io();
    const level = colourLevel(stdout, env, this.#style.noColor);
    const paint = level === 0 ? plainPaint : chalkPaint(await loadChalk(level));
    for (const line of make(paint, stdout.isTTY === true ? stdout.columns : undefined)) {
      if (this.#output.add(`${line}\n`)) await this.#output.flush();
    }
    await this.#output.flush();
  }

  /** A note on stderr, one line. */
  note(code: string, message: string): void {
    const { json, noColor } = this.#style;
    const text = () => `${paintMessage('heading', 'note:', noColor)} ${escapeControls(message)}`;
    io().stderr.write(`${json ? toJson({ note: { code, message } }) : text()}\n`);
  }

  /**
   * Rows: JSON lines, a table on a terminal, else tab-separated lines. A `terminator` of one's own is for programs:
   * never a table.
   */
  async rows<Row>(rows: Iterable<Row | undefined>, view: RowView<Row>, terminator?: string): Promise<void> {
    await writeRows(rows, await this.#sinkFor(view, terminator), this.#output, this.#rowProgress());
  }

  /** Whether rows are drawn as a table. */
  drawsTables(terminator: string | undefined): boolean {
    return !this.#style.json && io().stdout.isTTY === true && terminator === undefined;
  }

  /** Rows that `lend` gives to a taker, as JSON lines or tab-separated lines. */
  async rowBytes(form: Omit<RowForm, 'json'>, lend: (rows: RowBytes) => Steps<void>): Promise<void> {
    const rows = new RowBytes({ ...form, json: this.#style.json });
    await writeRowBytes(lend(rows), rows, this.#output, this.#rowProgress());
  }

  /** Text that is ready to print, piece by piece; undefined where there is none for a while. */
  async pieces(pieces: Iterable<string | undefined>): Promise<void> {
    await writeRows(pieces, { add: (piece) => piece, end: () => '' }, this.#output);
  }

  /** Goes through rows of which only the exit code tells. */
  async nothing(rows: Iterable<unknown>): Promise<void> {
    await writeRows(rows, { add: () => '', end: () => '' }, this.#output, new Progress(this.#style));
  }

  /** Where rows are looked at as they come, nothing else may move. */
  #rowProgress(): Progress | undefined {
    return io().stdout.isFile === true ? new Progress(this.#style) : undefined;
  }

  async #sinkFor<Row>(view: RowView<Row>, terminator: string | undefined): Promise<RowSink<Row>> {
    if (this.#style.json) return jsonLines(view);
    if (!this.drawsTables(terminator)) return separatedLines(view, terminator);
    const { stdout, env } = io();

    const { tableSink } = await import('./table-view.js');
    const chalk = await loadChalk(colourLevel(stdout, env, this.#style.noColor));
    return tableSink(view, stdout.columns, chalk);
  }
}

/** How lines are broken for the one who reads them; only a terminal has lines that end. */
async function loadBreaking(): Promise<Breaking> {
  const { stdout } = io();
  if (stdout.isTTY !== true) return (text) => [text];
  const { breakingAt } = await import('./break-lines.js');
  return breakingAt(stdout.columns);
}
