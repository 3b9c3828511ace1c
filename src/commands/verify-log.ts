import { CliError } from '../cli/cli-error.js';
import { EXIT } from '../cli/exit-codes.js';
import { requiredArg, storeArg } from '../cli/input/args.js';
import { u64Flag } from '../cli/input/flags.js';
import { withInput } from '../cli/input/input.js';
import { Progress } from '../cli/output/progress.js';
import { StoreCommand } from '../cli/store-command.js';
import { compareLog } from '../cli/timeline/compare-log.js';
import { logReportJson, logReportText, notEqualText } from '../cli/timeline/log-report.js';

export default class VerifyLog extends StoreCommand<typeof VerifyLog> {
  static override readonly summary = 'Prove that a store is what its log says.';
  static override readonly description =
    'Compares a store with the log that it was made from: the chain of hashes, and every version of every key, in one pass of the log and bounded memory. Exit code 0 only when they agree up to the applied position; 1 when they part, with the first position and key (no key where the difference has no effect on any version), or when the log ends before, unless --to asks for that much. Where the store does not know the hash of its log, or with --to, the content alone is compared, and it says so. Changes nothing.';
  static override readonly examples = [
    '<%= config.bin %> verify-log store.kmb log.ndjson',
    {
      description: 'Only up to position 2:',
      command: '<%= config.bin %> verify-log store.kmb log.ndjson --to 2 --json',
    },
    { description: 'A packed log:', command: 'gzip -c log.ndjson | <%= config.bin %> verify-log store.kmb -' },
  ];
  static override readonly args = {
    store: storeArg(),
    log: requiredArg('Log of batches, from position 1 on; - is standard input.'),
  };
  static override readonly flags = {
    to: u64Flag({ description: 'Compare up to this position. Default the applied one.', helpValue: 'POSITION' }),
  };

  async run(): Promise<void> {
    const { args, flags } = this;
    const progress = new Progress(this.style);
    const report = await withInput(args.log, (input) =>
      this.withStore(args.store, 'read', (store) => compareLog(store, input, flags.to, progress)),
    );
    const log = args.log === '-' ? 'the log' : args.log;
    if (flags.json) await this.print.line(logReportJson(report));
    else await this.print.prose([{ text: logReportText(args.store, log, report) }]);
    if (report.equal === true) return;
    const code = report.reason === undefined ? 'LOG_DIFFERS' : 'LOG_ENDS';
    throw new CliError(code, EXIT.cleanNo, notEqualText(args.store, report));
  }
}
