/** A command's answer about each of its stores: about one by itself, about several in other processes. */
import type { InferredFlags } from '@oclif/core/interfaces';
import type { Presenter, Style } from '../output/presenter.js';
import type { manyFlags, Representation } from './flags.js';
import type { ManyView } from './view.js';

/** What a command does about a store, and how it shows that of several. */
export interface EachStore {
  /** Those that were named; others may be in folders, or in a list. */
  readonly stores: readonly string[] | undefined;
  /** How the results of several stores are shown. */
  readonly view: ManyView;
  /** Answers about the only store; where there is no such answer, that one is asked about like several. */
  readonly answer?: (store: string) => Promise<void>;
  /** Of all stores, what follows each of them in the arguments. */
  readonly argumentAfter?: (stores: readonly string[]) => (store: string) => string;
}

/** What is the same for each of them. */
export interface AskedCommand {
  readonly id: string;
  readonly program: { readonly root: string; readonly version: string };
  readonly flags: Readonly<Record<string, unknown>>;
  readonly style: Style;
  readonly print: Presenter;
  /** The flags as they were given, but for some. */
  readonly flagsBut: (names: readonly string[]) => readonly string[];
}

/** What is said to a command as a whole. */
const FLAGS_OF_MANY = ['recursive', 'stores-from', 'into', 'jobs', 'timeout', 'as', 'json', 'no-color'];

/** @throws StoreError, CliError what is wrong with the only store, or the worst of what is wrong with several */
export async function answerEach(command: AskedCommand, each: EachStore): Promise<void> {
  const { recursive, 'stores-from': listFile, jobs, timeout: timeoutMs, as }: ManyFlags = command.flags;
  const { stores = [], view, answer, argumentAfter } = each;
  const [only] = stores;
  const isList = recursive !== undefined || listFile !== undefined;
  const isPlain = jobs === undefined && timeoutMs === undefined && (as === undefined || as === 'text' || as === 'json');
  if (only !== undefined && answer !== undefined && stores.length === 1 && !isList && isPlain) return answer(only);

  const { answerAll } = await import('./answer-all.js');
  const { id, style, print } = command;
  const { root, version } = command.program;
  const ownFlags = command.flagsBut(FLAGS_OF_MANY);
  await answerAll({
    request: { stores, folders: recursive ?? [], listFile },
    pool: { root, jobs, timeoutMs },
    argvOf: (all) => {
      const after = argumentAfter?.(all);
      return (store) => [id, '--json', ...ownFlags, '--', store, ...(after === undefined ? [] : [after(store)])];
    },
    representation: style.json ? 'json' : (as ?? 'text'),
    report: { command: id, version, view, print },
    style,
  });
}

type ManyFlags = Partial<InferredFlags<typeof manyFlags>> & { readonly as?: Representation };
