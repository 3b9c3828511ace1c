import { storeArg } from '../cli/input/args.js';
import { TABLES_VIEW } from '../cli/output/tables-view.js';
import { StoreCommand } from '../cli/store-command.js';

export default class Tables extends StoreCommand<typeof Tables> {
  static override readonly summary = 'List the tables of a store.';
  static override readonly description =
    'Prints the tables in the order of their ids: id, root page (- when the table is empty), height of the tree.';
  static override readonly examples = [
    '<%= config.bin %> tables store.kmb',
    '<%= config.bin %> tables store.kmb --json',
  ];
  static override readonly args = { store: storeArg() };

  async run(): Promise<void> {
    const tables = await this.withStore(this.args.store, 'read', (store) => store.tables());
    await this.print.rows(tables, TABLES_VIEW);
  }
}
