/** The streams of a command, replaceable in tests. */
import type { Readable, Writable } from 'node:stream';
import { StandardOutput } from './output/standard-output.js';

/** A terminal says so and has a width. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** A stream that messages go to. */
export type MessageStream = Writable & Screen;

/** What results go to: of a stream, what they need. */
export interface ResultStream extends Screen {
  readonly isFile?: boolean;
  write(bytes: Uint8Array, done: (error?: Error | null) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeAllListeners(event: 'error'): unknown;
}

/** What a command has around it: the standard streams and the environment. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly stdout: ResultStream;
  readonly stderr: MessageStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

let stdout: StandardOutput | undefined;

// Getters, because merely touching a stream of the process opens it, and most commands do not need all of them.
const processIo: Io = {
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return (stdout ??= new StandardOutput());
  },
  get stderr() {
    return process.stderr;
  },
  get env() {
    return process.env;
  },
};

let current: Io = processIo;

/** The streams and the environment of the running command. */
export function io(): Io {
  return current;
}

/** Runs `action` with other streams: how a program, or a test, calls a command without being a process of its own. */
export async function withIo<T>(other: Io, action: () => Promise<T>): Promise<T> {
  const before = current;
  current = other;
  try {
    return await action();
  } finally {
    current = before;
  }
}
