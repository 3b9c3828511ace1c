// One line on a terminal that says how far the run has come; nothing where the output is a file or a pipe.

const REDRAW_MS = 100;
const CLEAR = '\r\x1b[2K';

export class ProgressLine {
  #drawnAt = -Infinity;

  /** @param {{ isTTY?: boolean, columns?: number, write(text: string): unknown }} output */
  constructor(output, now = () => performance.now()) {
    this.output = output;
    this.now = now;
  }

  /** Draws the line, unless that was done just now. */
  show(text) {
    if (this.output.isTTY !== true || this.now() - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = this.now();
    this.output.write(CLEAR + text.slice(0, (this.output.columns ?? 80) - 1));
  }

  /** Gives the line to what comes next. */
  clear() {
    if (this.output.isTTY === true) this.output.write(CLEAR);
  }
}
