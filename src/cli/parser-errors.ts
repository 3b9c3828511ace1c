/** Errors of oclif's parser in our own words. */
import { stripVTControlCharacters } from 'node:util';
import { UsageError } from './cli-error.js';
import { EXIT } from './exit-codes.js';
import { closest } from './suggest.js';
import { isCommand, wrongCommand } from './unknown-command.js';

/** The fields of the argument parser's errors that tell them apart; the package does not export their classes. */
interface ParserError extends Error {
  readonly oclif: { readonly exit?: number };
  readonly args?: readonly unknown[];
  readonly flags?: readonly string[];
  readonly parse?: { readonly input?: { readonly flags?: Readonly<Record<string, unknown>> } };
}

type Reader = (error: ParserError, message: string, argv: readonly string[]) => UsageError | undefined;

const READERS: readonly Reader[] = [
  missingArguments,
  missingFlag,
  unknownFlags,
  unexpectedArguments,
  unknownCommand,
  flagWithoutValue,
  repeatedFlag,
  conflictingFlags,
];

/** The argument parser's complaint in our words, or `undefined` when the error is not one. */
export function readParserError(error: unknown, argv: readonly string[]): UsageError | undefined {
  if (!isParserError(error)) return undefined;
  const message = stripVTControlCharacters(error.message);
  for (const read of READERS) {
    const usage = read(error, message, argv);
    if (usage !== undefined) return usage;
  }
  return new UsageError('USAGE', message.replace(/\s*See more help with --help\s*$/, ''), {}, helpHint(argv));
}

function isParserError(error: unknown): error is ParserError {
  if (!(error instanceof Error) || !('oclif' in error)) return false;
  return (error as ParserError).oclif.exit === EXIT.usage;
}

function helpHint(argv: readonly string[]): string {
  const command = argv[0]?.startsWith('-') === false ? `${argv[0]} ` : '';
  return `see kmb-store ${command}--help`;
}

function missingArguments(error: ParserError, message: string, argv: readonly string[]): UsageError | undefined {
  if (!message.startsWith('Missing ') || error.args === undefined) return undefined;
  const names = error.args.map((arg) => (arg as { name: string }).name.toUpperCase());
  return new UsageError(
    'MISSING_ARGUMENT',
    `missing ${counted('argument', names)}`,
    { arguments: names },
    helpHint(argv),
  );
}

function missingFlag(_error: ParserError, message: string, argv: readonly string[]): UsageError | undefined {
  const name = /Missing required flag ([\w-]+)/.exec(message)?.[1];
  if (name === undefined) return undefined;
  return new UsageError('MISSING_FLAG', `missing flag: --${name}`, { flag: `--${name}` }, helpHint(argv));
}

function unexpectedArguments(error: ParserError, message: string, argv: readonly string[]): UsageError | undefined {
  if (!message.startsWith('Unexpected argument') || error.args === undefined) return undefined;
  return tooManyArguments(error.args.map(String), argv);
}

function tooManyArguments(values: readonly string[], argv: readonly string[]): UsageError {
  const message = `unexpected ${counted('argument', values)}`;
  return new UsageError('UNEXPECTED_ARGUMENT', message, { arguments: values }, helpHint(argv));
}

function unknownFlags(error: ParserError, _message: string, argv: readonly string[]): UsageError | undefined {
  if (error.flags === undefined) return undefined;
  const flags = error.flags.map((flag) => flag.replace(/=.*$/s, ''));
  const known = Object.keys(error.parse?.input?.flags ?? {}).map((name) => `--${name}`);
  const suggestion = closest(flags[0] ?? '', known);
  const hint =
    suggestion === undefined
      ? `${helpHint(argv)}; after -- an argument may begin with -`
      : `did you mean ${suggestion}?`;
  return new UsageError('UNKNOWN_FLAG', `unknown ${counted('flag', flags)}`, { flags }, hint);
}

function unknownCommand(_error: ParserError, message: string, argv: readonly string[]): UsageError | undefined {
  if (!/^command .* not found\.?$/is.test(message)) return undefined;
  const [first = '', second = ''] = argv;
  // Of a command without arguments oclif takes the next word for a part of its name.
  return isCommand(first) ? tooManyArguments([second], argv) : wrongCommand(argv);
}

function flagWithoutValue(_error: ParserError, message: string, argv: readonly string[]): UsageError | undefined {
  const flag = /^Flag (--[\w-]+) expects /.exec(message)?.[1];
  if (flag === undefined) return undefined;
  return new UsageError('MISSING_FLAG_VALUE', `a value is missing after ${flag}`, { flag }, helpHint(argv));
}

function repeatedFlag(_error: ParserError, message: string, argv: readonly string[]): UsageError | undefined {
  const flag = /^Flag (--[\w-]+) can only be specified once/.exec(message)?.[1];
  if (flag === undefined) return undefined;
  return new UsageError('REPEATED_FLAG', `${flag} is given more than once`, { flag }, helpHint(argv));
}

function conflictingFlags(_error: ParserError, message: string, argv: readonly string[]): UsageError | undefined {
  const match = /--([\w-]+)=.* cannot also be provided when using --([\w-]+)/s.exec(message);
  if (match === null) return undefined;
  const flags = match
    .slice(1)
    .map((name) => `--${name}`)
    .sort();
  return new UsageError('CONFLICTING_FLAGS', `${flags.join(' and ')} exclude each other`, { flags }, helpHint(argv));
}

function counted(noun: string, items: readonly string[]): string {
  return `${noun}${items.length === 1 ? '' : 's'}: ${items.join(', ')}`;
}
