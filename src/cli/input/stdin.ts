/** Standard input that is closed, or cannot be read, is told from input that is empty. */
import { fstatSync, readFileSync, statSync, type Stats } from 'node:fs';
import { Readable } from 'node:stream';
import { CliError, fileError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { io } from '../io.js';

const NAME = 'standard input';
const NULL_DEVICE = '/dev/null';
const ACCESS_MODE = 3;
const READ_AND_WRITE = 2;

/**
 * Ends the command when standard input cannot be read. Node gives an empty stream then, and an empty value would be
 * stored over the old one.
 *
 * @throws CliError
 */
export function requireStdin(): void {
  const { stdin } = io();
  if (stdin !== process.stdin) return;
  const facts = statStdin();
  if (facts.isDirectory()) throw unreadable('it is a directory', 'EISDIR');
  // A file, a pipe, a stream socket and a terminal have streams of classes of their own.
  const isStandIn = Object.getPrototypeOf(stdin) === Readable.prototype;
  if (isStandIn) throw unreadable('it is no file, pipe, terminal or stream socket', 'EINVAL');
  if (wasClosed(facts)) throw unreadable('it is closed', 'EBADF');
}

/** All of standard input, as it comes. @throws CliError */
export async function* readStdin(): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of io().stdin) yield chunk as Buffer;
  } catch (error) {
    throw fileError(error, NAME);
  }
}

/** The first line of standard input, without its end. @throws CliError */
export async function readLine(): Promise<string> {
  let text = '';
  for await (const chunk of readStdin()) {
    text += chunk.toString();
    const end = text.indexOf('\n');
    if (end >= 0) return text.slice(0, end);
  }
  return text;
}

function statStdin(): Stats {
  try {
    return fstatSync(0);
  } catch (error) {
    throw fileError(error, NAME);
  }
}

/**
 * Where standard input is closed, Node opens the null device in its place, to read and to write; `< /dev/null` opens it
 * to be read. Only Linux tells the two apart.
 */
function wasClosed(facts: Stats): boolean {
  if (!facts.isCharacterDevice()) return false;
  try {
    if (statSync(NULL_DEVICE).rdev !== facts.rdev) return false;
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync('/proc/self/fdinfo/0', 'utf8'))?.[1];
    return flags !== undefined && (parseInt(flags, 8) & ACCESS_MODE) === READ_AND_WRITE;
  } catch {
    return false;
  }
}

function unreadable(what: string, errno: string): CliError {
  return new CliError('IO_ERROR', EXIT.system, `cannot read ${NAME}: ${what}`, {
    facts: { path: NAME, errno },
    hint: `for no input at all, name ${NULL_DEVICE} instead of -`,
  });
}
