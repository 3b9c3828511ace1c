import { boolean } from '@oclif/core/flags';
import { type VerifyProgress, type VerifyReport, verifySteps } from '../engine/index.js';
import { CliError } from '../cli/cli-error.js';
import { defined } from '../cli/defined.js';
import { EXIT } from '../cli/exit-codes.js';
import { storesArg } from '../cli/input/args.js';
import { u64Flag } from '../cli/input/flags.js';
import { eachStore, type Failure } from '../cli/many/each-store.js';
import { uncheckedJson, verifyJson } from '../cli/verify/json.js';
import { verifyNotes } from '../cli/verify/notes.js';
import { verifyProgress } from '../cli/verify/progress.js';
import { summary, uncheckedLine, verifyLines } from '../cli/verify/text.js';
import { StoreCommand } from '../cli/store-command.js';

export default class VerifyPages extends StoreCommand<typeof VerifyPages> {
  static override readonly summary = 'Check stores for damage.';
  static override readonly description =
    'Checks every page, superblock, tree and version of each store, and says what is wrong, where, which keys it may affect, and what to do. Changes nothing, whatever the file holds. Exit code 1 when content is wrong or out of reach (corrupt) or a crash left parts of a commit (torn), or when the file is no store; pages that nothing points to (leak) and wrong redundant bytes (odd) alone are exit code 0. Of several stores the worst counts: 3, 1, 4, 6, 5 in this order, a damaged store before one that could not be looked at.';
  static override readonly examples = [
    '<%= config.bin %> verify-pages store.kmb',
    {
      description: 'Only the superblock and each page by itself, at the speed of the disk:',
      command: '<%= config.bin %> verify-pages store.kmb --quick',
    },
    {
      description: 'Fail on anything unusual, and print JSON:',
      command: '<%= config.bin %> verify-pages store.kmb --strict --json',
    },
  ];
  static override readonly args = { store: storesArg('Paths of the stores.') };
  static override readonly flags = {
    quick: boolean({ description: 'Check the superblock and each page by itself; leave the trees.' }),
    strict: boolean({ description: 'Pages that nothing points to, and wrong redundant bytes, are exit code 1 too.' }),
    'max-findings': u64Flag({
      description: 'Print at most N findings of a store, the worst ones (100); all are counted.',
      helpValue: 'N',
    }),
  };

  async run(): Promise<void> {
    const { json } = this.flags;
    await eachStore(this.args.store, {
      ask: (store) => this.#check(store),
      tell: async (store, failure) => {
        if (json) await this.print.line(uncheckedJson(store, failure));
        else await this.print.prose([uncheckedLine(store, failure)]);
      },
      verdict: 'failed the check',
    });
  }

  /** Prints what there is to say about a store. */
  async #check(store: string): Promise<Failure | undefined> {
    const report = await this.#verify(store);
    for (const { code, message } of verifyNotes(store, report)) this.print.note(code, message);
    if (this.flags.json) await this.print.line(verifyJson(store, report));
    else await this.print.prose(verifyLines(store, report));
    return report.ok ? undefined : notSound(`${store} is not sound: ${summary(report)}`);
  }

  async #verify(store: string): Promise<VerifyReport> {
    const { quick, strict, 'max-findings': findingsMax } = this.flags;
    let reached: VerifyProgress = { pagesDone: 0, pagesTotal: 0 };
    const onProgress = (now: VerifyProgress) => {
      reached = now;
    };
    const limit = defined({ findingsMax: findingsMax === undefined ? undefined : Number(findingsMax) });
    const steps = verifySteps(store, { quick, strict, onProgress, ...limit });
    return this.inSlices(steps, (seconds, columns) => verifyProgress(store, reached, seconds, columns));
  }
}

function notSound(sentence: string): Failure {
  const error = new CliError('STORE_NOT_SOUND', EXIT.cleanNo, sentence, { facts: { stores: 1, failed: 1 } });
  return { exitCode: EXIT.cleanNo, sentence, error };
}
