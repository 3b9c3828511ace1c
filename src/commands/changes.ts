import { optionalArg, storeArg } from '../cli/input/args.js';
import { wholeStoreFlags } from '../cli/input/flags.js';
import { StoreCommand } from '../cli/store-command.js';
import { requireTable } from '../cli/store/table-choice.js';
import { logLines, readChangesRange } from '../cli/timeline/changes-output.js';

export default class Changes extends StoreCommand<typeof Changes> {
  static override readonly summary = 'Print the log of a store again.';
  static override readonly description =
    'Prints the batches of the positions A + 1 to B (without A from the first one on, without B up to now) as replay reads them, one line a position, empty ones too. Replayed onto a store as of A they give the same content at every position; the last line has the hash of the log where it is known. Of several operations on a key in one batch there is the last, and none that had no effect.';
  static override readonly examples = [
    '<%= config.bin %> changes store.kmb --all-tables',
    {
      description: 'What came after position 2, into a copy that has all before it:',
      command: '<%= config.bin %> changes store.kmb 2 --all-tables | <%= config.bin %> replay store.kmb -',
    },
  ];
  static override readonly args = {
    store: storeArg(),
    a: optionalArg('Position that the batches follow. Default 0.'),
    b: optionalArg('Position of the last batch. Default the applied one.'),
  };
  static override readonly flags = wholeStoreFlags;

  async run(): Promise<void> {
    const { args, flags } = this;
    const { after, upTo } = readChangesRange(args.a, args.b);
    await this.withStore(args.store, 'read', async (store) => {
      if (flags.table !== undefined) requireTable(store, flags.table);
      await this.print.pieces(logLines(store.changesSteps(after, upTo, { table: flags.table })));
    });
  }
}
