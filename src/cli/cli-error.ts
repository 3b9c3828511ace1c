import { EXIT, type ExitCode } from './exit-codes.js';
import { escapeBytes } from './text/escape.js';
import { byteFields, type JsonValue } from './text/json.js';

export type CliFacts = Readonly<Record<string, JsonValue>>;

export interface CliErrorDetails {
  readonly facts?: CliFacts;
  readonly hint?: string | undefined;
  /** In text mode only the exit code answers. */
  readonly quiet?: boolean;
  readonly cause?: unknown;
}

/** An error, or a clean no, that the command line itself found: with its exit code. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
  /**
   * What is wrong. Not `message`: the argument parser rewrites the message of an error that a flag's `parse` throws.
   */
  readonly sentence: string;
  readonly facts: CliFacts;
  readonly hint: string | undefined;
  readonly quiet: boolean;

  constructor(
    readonly code: string,
    readonly exitCode: ExitCode,
    sentence: string,
    details: CliErrorDetails = {},
  ) {
    super(sentence, { cause: details.cause });
    this.sentence = sentence;
    this.facts = details.facts ?? {};
    this.hint = details.hint;
    this.quiet = details.quiet ?? false;
  }

  /** The same error with more facts: what the place that threw it could not know. */
  with(facts: CliFacts): CliError {
    const { code, exitCode, sentence, hint, quiet } = this;
    return new CliError(code, exitCode, sentence, { facts: { ...this.facts, ...facts }, hint, quiet, cause: this });
  }
}

/** The command line itself is wrong. */
export class UsageError extends CliError {
  override readonly name = 'UsageError';

  constructor(code: string, sentence: string, facts: CliFacts = {}, hint?: string) {
    super(code, EXIT.usage, sentence, { facts, hint });
  }
}

/** Whoever read our output has closed the pipe: the work ends, and that is no failure. */
export class ReaderGoneError extends Error {
  override readonly name = 'ReaderGoneError';
}

/** The clean no of a question about a key. */
export function keyNotFound(table: bigint, key: Uint8Array, quiet = false): CliError {
  return new CliError('KEY_NOT_FOUND', EXIT.cleanNo, `key not found: ${shorten(escapeBytes(key))}`, {
    facts: { table, ...byteFields('key', key) },
    quiet,
  });
}

/** The clean no of a question about a table. */
export function tableNotFound(table: bigint, quiet = false): CliError {
  return new CliError('TABLE_NOT_FOUND', EXIT.cleanNo, `table not found: ${table}`, {
    facts: { table },
    hint: 'kmb-store tables STORE lists the tables',
    quiet,
  });
}

/** What the operating system said about a file that is not the store. */
export function fileError(cause: unknown, path: string): CliError {
  const errno = systemErrorCode(cause);
  if (errno === undefined) throw cause;
  const absent = errno === 'ENOENT';
  return new CliError(
    absent ? 'FILE_NOT_FOUND' : 'IO_ERROR',
    EXIT.system,
    absent ? `no such file: ${path}` : `cannot read ${path}: ${describeErrno(cause)}`,
    { facts: { path, errno }, cause },
  );
}

/**
 * What the operating system said about standard output when the store had been changed: what keeps a user from doing it
 * twice.
 */
export function outputFailedAfter(cause: unknown, position: bigint): unknown {
  const errno = systemErrorCode(cause);
  if (errno === undefined) return cause;
  const sentence = `the store is committed at position ${position}, but printing the result failed: ${describeErrno(cause)}`;
  const facts = { errno, committed: true, position };
  return new CliError('IO_ERROR', EXIT.system, sentence, { facts, hint: 'do not run the command again', cause });
}

/** `ENOSPC` and its like, when `error` comes from the operating system. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/**
 * Node's message without the path and the call, which our own sentence names: `EISDIR: illegal operation on a
 * directory`.
 */
export function describeErrno(error: unknown): string {
  return error instanceof Error ? error.message.replace(/, \w+( '.*')?$/s, '') : String(error);
}

const LONGEST_SHOWN = 120;

function shorten(text: string): string {
  return text.length > LONGEST_SHOWN ? `${Array.from(text).slice(0, LONGEST_SHOWN).join('')}…` : text;
}
