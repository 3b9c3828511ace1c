/** The base of all commands that open a store. */
import { Command } from '@oclif/core/command';
import type { InferredArgs, InferredFlags, ParserOutput } from '@oclif/core/interfaces';
import { BTreeStore, type FileSystem, StoreError, type Steps } from '../engine/index.js';
import { ReaderGoneError } from './cli-error.js';
import { damageIn } from './damage.js';
import { defined } from './defined.js';
import { refuseBooleanValues } from './input/boolean-values.js';
import { commonFlags, type createFlags } from './input/flags.js';
import { answerEach, type EachStore } from './many/answer-each.js';
import { Presenter, type Style } from './output/presenter.js';
import { type Description, Progress } from './output/progress.js';
import { beforeSignalEnds } from './signals.js';
import { escapeControls } from './text/escape.js';
import { inSlices, TimeSlice } from './time-slice.js';

/** How a command opens its store; only `create` makes one where there is none. */
export type StoreMode = 'read' | 'write' | 'create';

type FlagsOf<T extends typeof Command> = InferredFlags<typeof commonFlags & T['flags']>;
type ArgsOf<T extends typeof Command> = InferredArgs<T['args']>;

/** Less than by default: a signal that ends a command waits until what is committed is in place. */
const JOURNAL_BYTES = 16 * 1024 * 1024;

/**
 * What all commands share: the common flags, opening and closing the store, printing. A command is a class with `args`,
 * `flags`, help texts and a `run` that calls the engine once and hands the answer to `print`.
 */
export abstract class StoreCommand<T extends typeof Command> extends Command {
  static override readonly baseFlags = commonFlags;

  protected args!: ArgsOf<T>;
  protected flags!: FlagsOf<T>;
  protected style!: Style;
  protected print!: Presenter;
  #tokens: ParserOutput['raw'] = [];

  override async init(): Promise<void> {
    await super.init();
    refuseBooleanValues(this.argv, { ...this.ctor.flags, ...StoreCommand.baseFlags });
    const { args, flags, raw } = await this.parse({
      args: this.ctor.args,
      flags: this.ctor.flags,
      baseFlags: StoreCommand.baseFlags,
      strict: this.ctor.strict,
    });
    this.args = args as ArgsOf<T>;
    this.flags = flags as FlagsOf<T>;
    this.style = { json: flags.json || isJson(flags), noColor: flags['no-color'] };
    this.print = new Presenter(this.style);
    this.#tokens = raw;
  }

  /** Answers about each of the stores that the command is asked about. */
  protected async answerEach(each: EachStore): Promise<void> {
    const { root, version } = this.config;
    const { flags, style, print } = this;
    const flagsBut = (names: readonly string[]) => this.#flagsBut(names);
    await answerEach({ id: this.ctor.id, program: { root, version }, flags, style, print, flagsBut }, each);
  }

  #flagsBut(names: readonly string[]): string[] {
    return this.#tokens.flatMap((token) => {
      if (token.type !== 'flag' || names.includes(token.flag)) return [];
      const isBoolean = this.#definitionOf(token.flag)?.type === 'boolean';
      return [isBoolean ? `--${token.flag}` : `--${token.flag}=${token.input}`];
    });
  }

  #definitionOf(flag: string): { readonly type: string } | undefined {
    return { ...this.ctor.flags, ...StoreCommand.baseFlags }[flag];
  }

  // oclif's own prints, and exits with other codes in JSON mode: here whoever started the command reports the error.
  override catch(error: Error): Promise<void> {
    return error instanceof ReaderGoneError ? Promise.resolve() : Promise.reject(error);
  }

  /** Opens the store, calls `use`, closes the store whatever happened. */
  protected async withStore<R>(
    path: string,
    mode: StoreMode,
    use: (store: BTreeStore) => R | Promise<R>,
    files?: FileSystem,
  ): Promise<R> {
    const store = await this.#open(path, mode, files);
    const forget = beforeSignalEnds(() => {
      store.close();
    });
    try {
      for (const { code, message } of store.notes) this.print.note(code, message);
      return await use(store);
    } catch (error) {
      closeAfterError(store);
      throw damageIn(path, error);
    } finally {
      forget();
      store.close();
    }
  }

  /** Runs the steps of work that may take long, and shows then how far it has come. */
  protected async inSlices<R>(steps: Steps<R>, describe: Description): Promise<R> {
    const progress = new Progress(this.style);
    try {
      return await inSlices(steps, new TimeSlice(), () => progress.show(describe));
    } finally {
      progress.stop();
    }
  }

  async #open(path: string, mode: StoreMode, files: FileSystem | undefined): Promise<BTreeStore> {
    const flags: Partial<InferredFlags<typeof commonFlags & typeof createFlags>> = this.flags;
    const opening = BTreeStore.openSteps(path, {
      create: mode === 'create',
      readOnly: mode === 'read',
      journalBytes: JOURNAL_BYTES,
      ...defined({
        cachePages: flags.cache,
        lockTimeoutMs: flags['lock-timeout'],
        format: formatOf(flags.format),
        files,
      }),
    });
    const forget = beforeSignalEnds(() => opening.return(undefined as never));
    try {
      return await this.inSlices(opening, () => `opening ${escapeControls(path)}`);
    } finally {
      forget();
    }
  }
}

/** `--as json` is the same as `--json`. */
function isJson(flags: Readonly<Record<string, unknown>>): boolean {
  return flags['as'] === 'json';
}

function formatOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** What went wrong first is what is told: a disk that failed there fails here again. */
function closeAfterError(store: BTreeStore): void {
  try {
    store.close();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}
