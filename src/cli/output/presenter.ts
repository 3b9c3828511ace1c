import { outputFailedAfter } from '../cli-error.js';
import { io } from '../io.js';
import { colourLevel, loadChalk } from './colour.js';
import { escapeBytes, escapeControls } from '../text/escape.js';
import { toJson, type JsonValue } from '../text/json.js';
import { Output } from './output.js';
import { chalkPaint, type Paint, plainPaint } from './paint.js';
import { jsonLines, separatedLines, type RowSink, type RowView } from './row-view.js';
import { writeRows } from './row-writer.js';

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
    await this.line(this.#style.json ? toJson(json) : text);
  }

  /**
   * The result of a command that has changed a store: when it cannot be printed the error says that the change stands.
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
    const line = this.#style.json ? toJson({ note: { code, message } }) : `note: ${escapeControls(message)}`;
    io().stderr.write(`${line}\n`);
  }

  /**
   * Rows: JSON lines, a table on a terminal, else tab-separated lines. A `terminator` of one's own is for programs:
   * never a table.
   */
  async rows<Row>(rows: Iterable<Row | undefined>, view: RowView<Row>, terminator?: string): Promise<void> {
    await writeRows(rows, await this.#sinkFor(view, terminator), this.#output);
  }

  async #sinkFor<Row>(view: RowView<Row>, terminator: string | undefined): Promise<RowSink<Row>> {
    if (this.#style.json) return jsonLines(view);
    const { stdout, env } = io();
    if (stdout.isTTY !== true || terminator !== undefined) return separatedLines(view, terminator);

    const { tableSink } = await import('./table-view.js');
    const chalk = await loadChalk(colourLevel(stdout, env, this.#style.noColor));
    return tableSink(view, stdout.columns, chalk);
  }
}
