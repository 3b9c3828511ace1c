/** The arguments that commands share. */
import { string } from '@oclif/core/args';
import type { Arg } from '@oclif/core/interfaces';
import { UsageError } from '../cli-error.js';
import { requireText } from './byte-args.js';

// oclif fills a missing argument from standard input, so that `while read key; do kmb-store delete …` would delete what
// the loop was to read next. Every argument of every command comes from here, where that is off.
const NEVER_FROM_STDIN = { ignoreStdin: true } as const;

/** An argument that must be given. */
export function requiredArg(description: string): Arg<string> {
  return string({ ...NEVER_FROM_STDIN, description, required: true });
}

/** An argument that may be left out. */
export function optionalArg(description: string): Arg<string | undefined> {
  return string({ ...NEVER_FROM_STDIN, description });
}

/** The STORE that every command works on. */
export function storeArg(description = 'Path of the store.'): Arg<string> {
  return string({
    ...NEVER_FROM_STDIN,
    description,
    required: true,
    parse: (path) => Promise.resolve(requirePath(path, 'STORE')),
  });
}

/** The NEW that a command makes. */
export function newArg(description = 'Path of the store to be made.'): Arg<string> {
  return string({
    ...NEVER_FROM_STDIN,
    description,
    required: true,
    parse: (path) => Promise.resolve(requirePath(path, 'NEW')),
  });
}

/** One STORE after the other; they may be named by flags instead. */
export function storesArg(description: string): Arg<string[] | undefined> {
  return string({
    ...NEVER_FROM_STDIN,
    description,
    multiple: true,
    parse: (path) => Promise.resolve(requirePath(path, 'STORE')),
  });
}

/** A path that can be told to the operating system as it was typed. */
export function requirePath(path: string, name: string): string {
  if (path === '') throw new UsageError('EMPTY_PATH', `${name} is empty`, { name });
  return requireText(path, name, 'reach the file by a name in UTF-8, for instance through a link');
}

/** An argument that is one of a few words. */
export function choiceArg(description: string, options: readonly string[]): Arg<string> {
  return string({ ...NEVER_FROM_STDIN, description, required: true, options: [...options] });
}
