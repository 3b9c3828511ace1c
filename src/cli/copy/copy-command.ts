/** The base of commands that copy a store. */
import type { Command } from '@oclif/core/command';
import type { InferredFlags } from '@oclif/core/interfaces';
import type { CopyOptions, CopyProgress, Steps } from '../../engine/index.js';
import { UsageError } from '../cli-error.js';
import { damageIn } from '../damage.js';
import { defined } from '../defined.js';
import type { commonFlags } from '../input/flags.js';
import { beforeSignalEnds } from '../signals.js';
import { StoreCommand } from '../store-command.js';
import type { copyFlags } from './flags.js';
import { copyProgress, roomText } from './text.js';

/** Nobody has less room than this. */
const WORTH_TELLING = 2 ** 20;

export abstract class CopyCommand<T extends typeof Command> extends StoreCommand<T> {
  /** Runs the steps of a copy; a signal ends them, and leaves nothing of it behind. */
  protected async copy<Result>(path: string, begin: (options: CopyOptions) => Steps<Result>): Promise<Result> {
    const { output, force } = this.#copyFlags;
    if (force === true && output === undefined) {
      throw new UsageError('MISSING_FLAG', '--force is about the file of --output, and there is no --output');
    }
    return this.copyTo(output ?? path, path, begin);
  }

  /** The same of a copy that always goes to a file of its own. */
  protected async copyTo<Result>(
    output: string,
    path: string,
    begin: (options: CopyOptions) => Steps<Result>,
  ): Promise<Result> {
    let reached: CopyProgress = { phase: 'checking', pagesDone: 0, pagesTotal: 0 };
    const steps = begin({
      ...this.optionsFor(output),
      onProgress: (progress) => {
        reached = progress;
      },
    });
    const forget = beforeSignalEnds(() => steps.return(undefined as never));
    try {
      return await this.inSlices(steps, () => copyProgress(reached));
    } catch (error) {
      throw damageIn(path, error);
    } finally {
      forget();
    }
  }

  /** What the flags ask for, and a note on how much room it takes. */
  protected optionsFor(file: string): Omit<CopyOptions, 'onProgress'> {
    const { output, force, cache: cachePages, 'lock-timeout': lockTimeoutMs } = this.#copyFlags;
    return {
      ...defined({ output, force, cachePages, lockTimeoutMs }),
      onBegin: ({ bytes }) => {
        if (bytes >= WORTH_TELLING && !this.style.json) this.print.note('ROOM_NEEDED', roomText(file, bytes));
      },
    };
  }

  get #copyFlags(): Partial<InferredFlags<typeof copyFlags & typeof commonFlags>> {
    return this.flags;
  }
}
