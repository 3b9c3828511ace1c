/** How an error is told: one line of text or of JSON, a hint, an exit code. */
import { StoreError } from '../engine/index.js';
import { CliError, describeErrno, ReaderGoneError, systemErrorCode, type CliFacts } from './cli-error.js';
import { EXIT, STORE_EXIT_CODES } from './exit-codes.js';
import { io } from './io.js';
import { paintMessage } from './output/message-paint.js';
import { escapeControls } from './text/escape.js';
import { toJson } from './text/json.js';
import { readParserError } from './parser-errors.js';
import { throwPlace } from './throw-place.js';

/** What an error comes to on the command line. */
interface Report {
  readonly code: string;
  readonly exitCode: number;
  readonly sentence: string;
  readonly facts: CliFacts;
  readonly hint?: string | undefined;
  readonly quiet?: boolean;
}

/**
 * Writes an error to stderr, as one line of text and where there is one a hint, or with `--json` in `argv` as one line
 * of JSON, and returns the exit code that it stands for.
 */
export function reportError(error: unknown, argv: readonly string[]): number {
  const exit = quietExit(error);
  if (exit !== undefined) return exit;
  const report = describe(error, argv);
  const text = wantsJson(argv) ? jsonReport(report) : textReport(report, hasFlag(argv, '--no-color'));
  if (text !== '') io().stderr.write(text);
  return report.exitCode;
}

/** Whether `--json`, or `--as json`, is among the flags. */
export function wantsJson(argv: readonly string[]): boolean {
  return hasFlag(argv, '--json') || hasFlag(argv, '--as=json') || hasPair(argv, '--as', 'json');
}

function hasPair(argv: readonly string[], flag: string, value: string): boolean {
  return hasFlag(argv, flag) && argv[argv.indexOf(flag) + 1] === value;
}

function hasFlag(argv: readonly string[], flag: string): boolean {
  const end = argv.indexOf('--');
  const index = argv.indexOf(flag);
  return index >= 0 && (end < 0 || index < end);
}

/** The exit code of what is thrown to end a command and is no error: help that was shown, a pipe that was closed. */
function quietExit(error: unknown): number | undefined {
  if (error instanceof ReaderGoneError) return EXIT.ok;
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (error.code === 'EPIPE') return EXIT.ok;
  if (error.code !== 'EEXIT' || !('oclif' in error)) return undefined;
  return (error.oclif as { exit?: number }).exit ?? EXIT.ok;
}

function describe(error: unknown, argv: readonly string[]): Report {
  if (error instanceof CliError) return error;
  if (error instanceof StoreError) return storeReport(error);
  const errno = systemErrorCode(error);
  if (errno !== undefined) return systemReport(error, errno);
  if (error instanceof EvalError) return forbiddenReport(error);
  return readParserError(error, argv) ?? bugReport(error);
}

function storeReport(error: StoreError): Report {
  const { code, facts, hint } = error;
  const exitCode = STORE_EXIT_CODES[code];
  if (exitCode === EXIT.bug) return { ...bugReport(error), facts };
  const sentence = exitCode === EXIT.refused ? onItsLine(error) : error.message;
  return { code, exitCode, sentence, facts, hint };
}

/** The message of an error about a line of a log, with the number of the line in front. */
function onItsLine({ message, facts: { line } }: StoreError): string {
  const location = line === undefined ? '' : `line ${String(line)}`;
  return location === '' || message.startsWith(location) ? message : `${location}: ${message}`;
}

function systemReport(error: unknown, errno: string): Report {
  return {
    code: 'IO_ERROR',
    exitCode: EXIT.system,
    sentence: `input or output failed: ${describeErrno(error)}`,
    facts: { errno },
  };
}

/** Code is made from strings by a package that the command line is built on, and some NODE_OPTIONS forbid that. */
function forbiddenReport({ message }: EvalError): Report {
  return {
    code: 'NODE_OPTIONS_FORBID',
    exitCode: EXIT.system,
    sentence: `Node.js was started with options that forbid what is needed to run: ${message}`,
    facts: {},
    hint: 'run it without --disallow-code-generation-from-strings, see NODE_OPTIONS',
  };
}

function bugReport(error: unknown): Report {
  const fact = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    code: 'INTERNAL_ERROR',
    exitCode: EXIT.bug,
    sentence: `a bug in kmb-store: ${fact}`,
    facts: { at: throwPlace(error) },
    hint: 'please report this line with the command that led to it',
  };
}

function textReport({ sentence, hint, facts, code, quiet }: Report, noColor: boolean): string {
  if (quiet === true) return '';
  const location = code === 'INTERNAL_ERROR' && typeof facts['at'] === 'string' ? ` (at ${facts['at']})` : '';
  const hintLine = hint === undefined ? '' : `${paintMessage('heading', 'hint:', noColor)} ${escapeControls(hint)}\n`;
  const name = paintMessage('problem', 'kmb-store:', noColor);
  return `${name} ${escapeControls(sentence)}${location}\n${hintLine}`;
}

function jsonReport({ code, exitCode, sentence, hint, facts }: Report): string {
  const error = { code, message: sentence, exitCode, ...(hint === undefined ? {} : { hint }) };
  return `${toJson({ error: { ...error, ...facts, ...error } })}\n`;
}
