import { boolean } from '@oclif/core/flags';
import { type VerifyProgress, type VerifyReport, verifySteps } from '../engine/index.js';
import { CliError } from '../cli/cli-error.js';
import { defined } from '../cli/defined.js';
import { EXIT } from '../cli/exit-codes.js';
import { storesArg } from '../cli/input/args.js';
import { u64Flag } from '../cli/input/flags.js';
import { asFlag, manyFlags } from '../cli/many/flags.js';
import { StoreCommand } from '../cli/store-command.js';
import { verifyJson } from '../cli/verify/json.js';
import { verifyNotes } from '../cli/verify/notes.js';
import { verifyProgress } from '../cli/verify/progress.js';
import { verifyView } from '../cli/verify/many.js';
import { summary, verifyLines } from '../cli/verify/text.js';
import { threadsOfCheck } from '../cli/verify/threads.js';

export default class VerifyPages extends StoreCommand<typeof VerifyPages> {
  static override readonly summary = 'Check stores for damage.';
  static override readonly description =
    'Checks every page, superblock, tree and version of each store, and says what is wrong, where, which keys it may affect, and what to do. Changes nothing, whatever the file holds. Exit code 1 when content is wrong or out of reach (corrupt) or a crash left parts of a commit (torn), or when the file is no store; pages that nothing points to (leak) and wrong redundant bytes (odd) alone are exit code 0. Of several stores the worst counts: 3, 1, 4, 6, 5 in this order, a damaged store before one that could not be looked at. Of several stores there is a line each, as they finish: check one by itself to see all of its findings. They are checked in processes of their own, so that a crash (exit code 70) or a --timeout (5) of one is no matter to the others.';
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
    {
      description: 'Every store below a folder, as a test report for CI:',
      command: '<%= config.bin %> verify-pages --recursive . --as junit',
    },
  ];
  static override readonly args = { store: storesArg('Paths of the stores.') };
  static override readonly flags = {
    ...manyFlags,
    ...asFlag(['text', 'json', 'junit', 'github', 'sarif', 'prometheus']),
    quick: boolean({ description: 'Check the superblock and each page by itself; leave the trees.' }),
    strict: boolean({ description: 'Pages that nothing points to, and wrong redundant bytes, are exit code 1 too.' }),
    'max-findings': u64Flag({
      description: 'Print at most N findings of a store, the worst ones (100); all are counted.',
      helpValue: 'N',
    }),
  };

  async run(): Promise<void> {
    await this.answerEach({ stores: this.args.store, view: verifyView, answer: (store) => this.#answer(store) });
  }

  /** Prints what there is to say about a store. */
  async #answer(store: string): Promise<void> {
    const report = await this.#verify(store);
    for (const { code, message } of verifyNotes(store, report)) this.print.note(code, message);
    if (this.style.json) await this.print.line(verifyJson(store, report));
    else await this.print.prose(verifyLines(store, report));
    if (!report.ok) throw notSound(`${store} is not sound: ${summary(report)}`);
  }

  async #verify(store: string): Promise<VerifyReport> {
    const { quick, strict, 'max-findings': findingsMax } = this.flags;
    let reached: VerifyProgress = { pagesDone: 0, pagesTotal: 0 };
    const onProgress = (now: VerifyProgress) => {
      reached = now;
    };
    const limit = defined({ findingsMax: findingsMax === undefined ? undefined : Number(findingsMax) });
    const steps = verifySteps(store, { quick, strict, onProgress, threads: threadsOfCheck(), ...limit });
    return this.inSlices(steps, (seconds, columns) => verifyProgress(store, reached, seconds, columns));
  }
}

function notSound(sentence: string): CliError {
  return new CliError('STORE_NOT_SOUND', EXIT.cleanNo, sentence, { facts: { stores: 1, failed: 1 } });
}
