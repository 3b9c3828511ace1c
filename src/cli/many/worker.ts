/**
 * The process that answers for one store after another: it is told what to run, and tells what came out. That a store
 * brings it down, or keeps it busy for ever, is no matter to the others.
 */
import { run } from '@oclif/core/run';
import { Readable, Writable } from 'node:stream';
import { reportError } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { withIo } from '../io.js';
import { type MainOptions, prepareProcess } from '../main.js';

/** What a command line came to. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Answers whoever started this process, until that goes away. */
export function serve(options: MainOptions): void {
  prepareProcess();
  process.on('message', (argv: string[]) => {
    void answer(argv, options).then((told) => process.send?.(told));
  });
  process.send?.('ready');
}

async function answer(argv: string[], options: MainOptions): Promise<Answer> {
  const stdout = new Collector();
  const stderr = new Collector();
  const io = { stdin: Readable.from([]), stdout, stderr, env: process.env };
  const code = await withIo(io, async () => {
    try {
      await run(argv, { ...options, userPlugins: false });
      return EXIT.ok;
    } catch (error) {
      return reportError(error, argv);
    }
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** Keeps what is written. */
class Collector extends Writable {
  readonly #parts: Buffer[] = [];

  get text(): string {
    return Buffer.concat(this.#parts).toString();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#parts.push(chunk);
    done();
  }
}
