/** What a shell can complete of a command line: the commands, with their arguments and flags. */
import type { Command } from '@oclif/core/command';

/** What a value is: the name of a file, one of a few words, or anything else. */
export type Completed =
  { readonly kind: 'file' | 'text' } | { readonly kind: 'word'; readonly words: readonly string[] };

export interface CompletedFlag {
  readonly name: string;
  readonly summary: string;
  /** Undefined for a flag without a value. */
  readonly value: Completed | undefined;
}

export interface CompletedCommand {
  readonly id: string;
  readonly summary: string;
  readonly args: readonly Completed[];
  readonly flags: readonly CompletedFlag[];
}

/** Arguments that are no files. */
const TEXT_ARGS: ReadonlySet<string> = new Set(['a', 'b', 'key', 'p', 'page', 'value']);
/** What the help calls values of flags that are files. */
const FILE_VALUES: ReadonlySet<string> = new Set(['DIR', 'FILE', 'LOG', 'NEW', 'OTHER', 'OUT', 'PATH', 'STORE']);
const HELP: CompletedFlag = { name: 'help', summary: 'Show the help of the command.', value: undefined };

/** The commands, as the manifest says them; each argument that may be repeated counts twice. */
export function completedCommands(commands: readonly Command.Loadable[]): CompletedCommand[] {
  const shown = commands.filter(({ hidden }) => !hidden).sort((a, b) => (a.id < b.id ? -1 : 1));
  const ids = shown.map(({ id }) => id);
  return shown.map(({ id, summary = '', args, flags }) => ({
    id,
    summary: plain(summary),
    args: Object.values(args).flatMap((arg) => Array<Completed>(arg.multiple ? 9 : 1).fill(argOf(arg, ids))),
    flags: [...Object.values(flags).map(flagOf), HELP],
  }));
}

function argOf({ name, options }: Command.Arg.Cached, ids: readonly string[]): Completed {
  if (name === 'command') return { kind: 'word', words: ids };
  if (options !== undefined) return { kind: 'word', words: options };
  return { kind: TEXT_ARGS.has(name) ? 'text' : 'file' };
}

function flagOf(flag: Command.Flag.Cached): CompletedFlag {
  const { name, description = '' } = flag;
  return { name, summary: plain(description), value: flag.type === 'option' ? valueOf(flag) : undefined };
}

function valueOf({ options, helpValue }: Command.Flag.Cached & { readonly type: 'option' }): Completed {
  if (options !== undefined) return { kind: 'word', words: options };
  return { kind: [helpValue].flat().some((name) => FILE_VALUES.has(name ?? '')) ? 'file' : 'text' };
}

/** One sentence, without what shells would look into. */
function plain(text: string): string {
  return (text.split(/(?<=\.) /)[0] ?? '').replaceAll(/[`'"\\$[\]:]/g, '').replace(/\.$/, '');
}
