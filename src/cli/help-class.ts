/** The help that oclif shows, but not for a `-h` that is data. */
import { Help } from '@oclif/core';
import type { Command } from '@oclif/core/command';
import { UsageError } from './cli-error.js';
import { grouped } from './help-groups.js';

const HELP_FLAGS = ['-h', '--help'];
/** Arguments that come from data, where a script may hand over `-h`. */
const DATA_ARGS = ['key', 'value'];

/** What of a command says which of the words after it are arguments. */
type CommandShape = Pick<Command.Loadable, 'id' | 'args' | 'flags'>;

/**
 * The help of oclif, but not where `-h` or `--help` is in the place of a key, a value, or the value of a flag: a script
 * that passes one on would be told by exit code 0 that the key is there, or that the value is stored.
 */
export class DataAwareHelp extends Help {
  override async showHelp(argv: string[]): Promise<void> {
    const command = this.config.findCommand(argv[0] ?? '');
    const refusal = command && refusalOf(argv, command);
    if (refusal !== undefined) throw refusal;
    await super.showHelp(argv);
  }

  /** The list of commands, by what they are for. */
  protected override formatCommands(commands: Command.Loadable[]): string {
    const width = Math.max(...commands.map(({ id }) => id.length));
    return grouped(commands)
      .map(({ title, members }) => {
        const rows = members.map(({ id, summary }): [string, string | undefined] => [id.padEnd(width), summary]);
        const list = this.renderList(rows, { indentation: 2, spacer: '\n', stripAnsi: this.opts.stripAnsi ?? false });
        return this.section(title, list);
      })
      .join('\n\n');
  }
}

/** Why the first help flag is not taken for one; nothing where it is. */
export function refusalOf(argv: readonly string[], { id, args, flags }: CommandShape): UsageError | undefined {
  const argNames = Object.keys(args);
  let argCount = 0;
  for (let index = 1; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') return undefined;
    if (HELP_FLAGS.includes(word)) {
      const name = argNames[argCount] ?? '';
      return argCount > 0 && DATA_ARGS.includes(name) ? asArgument(word, id, name.toUpperCase()) : undefined;
    }
    if (!word.startsWith('-') || word === '-') argCount += 1;
    else if (flags[word.slice(2)]?.type === 'option') {
      index += 1;
      const value = argv[index] ?? '';
      if (HELP_FLAGS.includes(value)) return asFlagValue(value, id, word);
    }
  }
  return undefined;
}

function asArgument(word: string, command: string, name: string): UsageError {
  const hint = `after -- it is ${name}: kmb-store ${command} … -- ${word}; kmb-store ${command} --help shows the help`;
  return new UsageError('MISSING_ARGUMENT', `missing argument: ${name}, where ${word} is`, { arguments: [name] }, hint);
}

function asFlagValue(word: string, command: string, flag: string): UsageError {
  const hint = `if ${word} is the value, write ${flag}=${word}; kmb-store ${command} --help shows the help`;
  return new UsageError('MISSING_FLAG_VALUE', `a value is missing after ${flag}, where ${word} is`, { flag }, hint);
}
