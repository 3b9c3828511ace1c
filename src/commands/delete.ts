import { keyNotFound } from '../cli/cli-error.js';
import { requiredArg, storeArg } from '../cli/input/args.js';
import { parseKey } from '../cli/input/byte-args.js';
import { keyHexFlag, lockFlag, tableFlag } from '../cli/input/flags.js';
import { StoreCommand } from '../cli/store-command.js';
import { commitBatch, nextBatch } from '../cli/store/commit-batch.js';
import { chooseTable, requireTable } from '../cli/store/table-choice.js';

export default class Delete extends StoreCommand<typeof Delete> {
  static override readonly summary = 'Delete one key.';
  static override readonly description =
    'Applies a batch with one delete at the next position of the log, and prints that position. Earlier positions still show the value. A key or table that is not there: exit code 1, and nothing is written.';
  static override readonly examples = ['<%= config.bin %> delete store.kmb user:1 --table 1'];
  static override readonly args = { store: storeArg(), key: requiredArg('Key to delete.') };
  static override readonly flags = { ...tableFlag, ...lockFlag, ...keyHexFlag };

  async run(): Promise<void> {
    const { args, flags } = this;
    const key = parseKey(args.key, 'KEY', flags['key-hex']);
    const position = await this.withStore(args.store, 'write', (store) => {
      const table = chooseTable(store, flags.table);
      requireTable(store, table);
      if (store.getVersion(table, key) === undefined) throw keyNotFound(table, key);
      return commitBatch(store, nextBatch(store).delete(table, key));
    });
    await this.print.committed(position, { position, deleted: true }, `position ${position}`);
  }
}
