/** The streams of a command, replaceable in tests. */
import type { Readable, Writable } from 'node:stream';

/** A stream that results or messages go to; a terminal says so and has a width. */
export type OutputStream = Writable & { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined };

/** What a command has around it: the standard streams and the environment. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

// Getters, because merely touching `process.stdin` opens it, and most commands never read it.
const processIo: Io = {
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return process.stdout;
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
