import { keyNotFound } from '../cli/cli-error.js';
import { requiredArg, storeArg } from '../cli/input/args.js';
import { parseKey } from '../cli/input/byte-args.js';
import { keyHexFlag, tableFlag } from '../cli/input/flags.js';
import { HISTORY_VIEW } from '../cli/output/versions-view.js';
import { StoreCommand } from '../cli/store-command.js';
import { chooseTable, requireTable } from '../cli/store/table-choice.js';

export default class History extends StoreCommand<typeof History> {
  static override readonly summary = 'Print all versions of a key.';
  static override readonly description =
    'Prints every value that a key ever had, newest first: the position that wrote it, the position that replaced or deleted it (- for none), the value. A key that never was, or a table that is not there: exit code 1.';
  static override readonly examples = ['<%= config.bin %> history store.kmb user:1 --table 1'];
  static override readonly args = { store: storeArg(), key: requiredArg('Key to look up.') };
  static override readonly flags = { ...tableFlag, ...keyHexFlag };

  async run(): Promise<void> {
    const { args, flags } = this;
    const key = parseKey(args.key, 'KEY', flags['key-hex']);
    const rows = await this.withStore(args.store, 'read', (store) => {
      const table = chooseTable(store, flags.table);
      requireTable(store, table);
      const versions = store.history(table, key);
      if (versions.length === 0) throw keyNotFound(table, key);
      return versions.map((version) => ({ table, key, ...version }));
    });
    await this.print.rows(rows, HISTORY_VIEW);
  }
}
