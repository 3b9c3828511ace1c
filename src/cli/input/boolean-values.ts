import { UsageError } from '../cli-error.js';

/** What the argument parser needs to know of a flag here. */
interface FlagKind {
  readonly type: 'boolean' | 'option';
}

/**
 * Refuses `--json=false` and its like: the argument parser sets the flag and takes what follows the `=` as the next
 * argument, a key to delete or a value to store.
 *
 * @throws UsageError
 */
export function refuseBooleanValues(argv: readonly string[], flags: Readonly<Record<string, FlagKind>>): void {
  for (const arg of argv) {
    if (arg === '--') return;
    const name = /^--([^=]+)=/s.exec(arg)?.[1];
    if (name === undefined || !takesNoValue(name, flags)) continue;
    const flag = `--${name}`;
    const hint = `write ${flag} alone, or leave it out`;
    throw new UsageError('UNEXPECTED_FLAG_VALUE', `${flag} takes no value: ${arg}`, { flag, text: arg }, hint);
  }
}

/** `help` and `version` are flags of the program, which no command declares. */
function takesNoValue(name: string, flags: Readonly<Record<string, FlagKind>>): boolean {
  if (name === 'help' || name === 'version') return true;
  return Object.hasOwn(flags, name) && flags[name]?.type === 'boolean';
}
