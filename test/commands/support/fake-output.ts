import { Writable } from 'node:stream';

/** Collects what is written; with a width it is a terminal. */
export class FakeOutput extends Writable {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  readonly #chunks: Buffer[] = [];

  /** Whether it says that it is a file. */
  isFile = false;

  constructor(terminalColumns?: number) {
    super();
    this.isTTY = terminalColumns !== undefined;
    this.columns = terminalColumns;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString('utf8');
  }

  // What spinners ask of a terminal.
  clearLine(): void {}
  cursorTo(): void {}
  moveCursor(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(Buffer.from(chunk));
    done();
  }
}
