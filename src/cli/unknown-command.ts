/** The answer to a command that there is not. */
import { readFileSync } from 'node:fs';
import { UsageError } from './cli-error.js';
import { closestOrBeginning } from './suggest.js';

const LIST_HINT = 'kmb-store --help lists the commands';

/** A word that is no command, with the commands that may have been meant. */
export function noSuchCommand(command: string): UsageError {
  const suggestions = closestOrBeginning(command, commandNames());
  const hint = suggestions.length === 0 ? LIST_HINT : `did you mean ${suggestions.join(' or ')}?`;
  return new UsageError('UNKNOWN_COMMAND', `unknown command: ${command}`, { command }, hint);
}

/** What is wrong with arguments of which the first is no command. */
export function wrongCommand(argv: readonly string[]): UsageError {
  const [first = ''] = argv;
  if (!first.startsWith('-') || first === '-') return noSuchCommand(first);
  const flag = first.replace(/=.*$/s, '');
  const names = commandNames();
  const command = argv.find((arg) => names.includes(arg));
  const hint =
    command === undefined
      ? `flags come after the command: kmb-store COMMAND … ${flag}; ${LIST_HINT}`
      : `flags come after the command: kmb-store ${command} … ${flag}`;
  return new UsageError('FLAG_BEFORE_COMMAND', `a flag is in front of the command: ${flag}`, { flags: [flag] }, hint);
}

/** Whether a word is the name of a command. */
export function isCommand(word: string): boolean {
  return commandNames().includes(word);
}

/** From the manifest, which is read only when something is wrong; without it nothing can be suggested. */
function commandNames(): readonly string[] {
  try {
    const text = readFileSync(new URL('../../oclif.manifest.json', import.meta.url), 'utf8');
    return Object.keys((JSON.parse(text) as { commands: object }).commands);
  } catch {
    return [];
  }
}
