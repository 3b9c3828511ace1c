import type { Ora } from 'ora';
import { io } from '../io.js';
import { beforeSignalEnds } from '../signals.js';
import { colourLevel } from './colour.js';
import type { Style } from './presenter.js';

const SHOWN_AFTER_MS = 300;

/**
 * A line on the terminal that says how far long work has come. It appears only when the work does take a while, and
 * only on a terminal; with `--json` stderr belongs to errors.
 */
export class Progress {
  readonly #style: Style;
  readonly #begin = performance.now();
  readonly #enabled: boolean;
  #spinner: Ora | undefined;
  #forget = () => {};

  constructor(style: Style) {
    const { stderr, env } = io();
    this.#style = style;
    // Some terminals say that they have no columns: a line that is redrawn would never end there.
    const hasRoom = stderr.isTTY === true && stderr.columns !== 0;
    this.#enabled = hasRoom && env['TERM'] !== 'dumb' && !style.json;
  }

  get seconds(): number {
    return (performance.now() - this.#begin) / 1000;
  }

  /** Shows what `describe` says now. */
  async show(describe: (seconds: number) => string): Promise<void> {
    if (!this.#enabled || this.seconds * 1000 < SHOWN_AFTER_MS) return;
    const text = describe(this.seconds);
    if (this.#spinner === undefined) {
      this.#spinner = await this.#start();
      this.#forget = beforeSignalEnds(() => {
        this.stop();
      });
    }
    this.#spinner.text = text;
  }

  /** Takes the line away. */
  stop(): void {
    this.#forget();
    this.#spinner?.stop();
  }

  async #start(): Promise<Ora> {
    const { stderr, env } = io();
    const { default: ora } = await import('ora');
    const coloured = colourLevel(stderr, env, this.#style.noColor) > 0;
    // The cursor stays and stdin is left alone: an interrupt must not leave the terminal changed, and the log may come
    // from stdin.
    return ora({
      stream: stderr,
      isEnabled: true,
      discardStdin: false,
      hideCursor: false,
      color: coloured ? 'cyan' : false,
    }).start();
  }
}
