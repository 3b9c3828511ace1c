/** The progress line on a terminal. */
import type { Ora } from 'ora';
import { io } from '../io.js';
import { beforeSignalEnds } from '../signals.js';
import { now } from '../time-slice.js';
import { colourLevel } from './colour.js';
import type { Style } from './presenter.js';

const SHOWN_AFTER_MS = 500;
/** The spinner itself, and a space. */
const SPINNER_WIDTH = 2;
const USUAL_COLUMNS = 80;

/** What a progress line says, after so many seconds and in at most so many columns. */
export type Description = (seconds: number, columns: number) => string;

/**
 * A line on the terminal that says how far long work has come. It appears only when the work does take a while, and
 * only on a terminal; with `--json` stderr belongs to errors.
 */
export class Progress {
  readonly #style: Style;
  readonly #begin = now();
  #spinner: Spinner | undefined;
  #forget = () => {};

  constructor(style: Style) {
    this.#style = style;
  }

  get seconds(): number {
    return (now() - this.#begin) / 1000;
  }

  /** Shows what `describe` says now. */
  async show(describe: Description): Promise<void> {
    if (this.#style.json || this.seconds * 1000 < SHOWN_AFTER_MS || !hasRoom()) return;
    const { line, fit } = (this.#spinner ??= await loadSpinner(this.#style.noColor));
    // A line that the terminal breaks is not removed as a whole; at its last column some terminals break already.
    const columns = (io().stderr.columns ?? USUAL_COLUMNS) - SPINNER_WIDTH - 1;
    line.text = fit(describe(this.seconds, columns), columns);
    if (line.isSpinning) return;
    line.start();
    this.#forget = beforeSignalEnds(() => {
      this.stop();
    });
  }

  /** Removes the line. */
  stop(): void {
    this.#forget();
    this.#spinner?.line.stop();
    this.#spinner = undefined;
  }
}

interface Spinner {
  readonly line: Ora;
  readonly fit: (text: string, columns: number) => string;
}

/** Some terminals say that they have no columns: a line that is redrawn would never end there. */
function hasRoom(): boolean {
  const { stderr, env } = io();
  return stderr.isTTY === true && stderr.columns !== 0 && env['TERM'] !== 'dumb';
}

async function loadSpinner(noColor: boolean): Promise<Spinner> {
  const { stderr, env } = io();
  const { default: ora } = await import('ora');
  const { cutToWidth } = await import('./text-width.js');
  const coloured = colourLevel(stderr, env, noColor) > 0;
  // The cursor stays and stdin is left alone: an interrupt must not leave the terminal changed, and the log may come
  // from stdin.
  const line = ora({
    stream: stderr,
    isEnabled: true,
    discardStdin: false,
    hideCursor: false,
    color: coloured ? 'cyan' : false,
  });
  return { line, fit: cutToWidth };
}
