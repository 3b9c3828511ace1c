import { boolean } from '@oclif/core/flags';
import { storeArg } from '../cli/input/args.js';
import { ask, mustAsk } from '../cli/input/confirm.js';
import { lockFlag, u64Flag } from '../cli/input/flags.js';
import { StoreCommand } from '../cli/store-command.js';
import { purgeTable } from '../cli/store/purge-table.js';
import { requireTable } from '../cli/store/table-choice.js';

const LEAKED = 'pages of a purged table are not used again in format 1: its file does not shrink';

export default class PurgeTable extends StoreCommand<typeof PurgeTable> {
  static override readonly summary = 'Remove all that a table has, and its history.';
  static override readonly description =
    'Applies a batch with one purge at the next position of the log. In format 2 positions before it are then refused for the table, its pages are used again by later commits, and the file is shortened when its end is free; what the table held stays in the file until its pages are used again. In format 1 the table leaves no trace, and its pages are not used again. Asks on a terminal; scripts give --yes. A table that is not there: exit code 1, and nothing is written.';
  static override readonly examples = ['<%= config.bin %> purge-table store.kmb --table 1 --yes'];
  static override readonly args = { store: storeArg() };
  static override readonly flags = {
    table: u64Flag({ description: 'Table id.', helpGroup: 'STORE', helpValue: 'ID', required: true }),
    ...lockFlag,
    yes: boolean({ description: 'Do not ask.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = this;
    const { table, yes, json } = flags;
    const consent = { yes, json, deed: `purge table ${table} of ${args.store}` };
    if (mustAsk(consent)) {
      // The store is not locked while somebody thinks.
      await this.withStore(args.store, 'read', (store) => {
        requireTable(store, table);
      });
      await ask(consent);
    }
    const done = await this.withStore(args.store, 'write', async (store) => {
      requireTable(store, table);
      if (!store.reusesPages) this.print.note('PAGES_NOT_REUSED', LEAKED);
      return this.inSlices(purgeTable(store, table), () => 'purging');
    });
    await this.print.committed(done.position, { ...done }, `position ${done.position}, pages freed ${done.pagesFreed}`);
  }
}
