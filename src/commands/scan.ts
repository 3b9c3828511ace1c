import { boolean } from '@oclif/core/flags';
import { storeArg } from '../cli/input/args.js';
import { rangeFlags } from '../cli/input/flags.js';
import { keysView, scanView } from '../cli/output/versions-view.js';
import { StoreCommand } from '../cli/store-command.js';
import { lendSelected, readRange, selectedKeys, selectedRows, selectRows } from '../cli/store/row-selection.js';

export default class Scan extends StoreCommand<typeof Scan> {
  static override readonly summary = 'Print the rows of a range of keys.';
  static override readonly description =
    'Prints rows in key order: a table on a terminal, else KEY, tab and VALUE, one row per line, with control bytes escaped. No rows is a good answer (exit code 0); a table that is not there: exit code 1.';
  static override readonly examples = [
    '<%= config.bin %> scan store.kmb --table 1',
    {
      description: 'From user:1 up to, but without, user:5:',
      command: '<%= config.bin %> scan store.kmb --from user:1 --to user:5 --table 1',
    },
    {
      description: 'The last two keys that begin with user:',
      command: '<%= config.bin %> scan store.kmb --prefix user: --reverse --limit 2 --keys-only --table 1',
    },
    {
      description: 'Everything as of position 1, as JSON lines:',
      command: '<%= config.bin %> scan store.kmb --all-tables --at 1 --json',
    },
  ];
  static override readonly args = { store: storeArg() };
  static override readonly flags = {
    ...rangeFlags,
    reverse: boolean({ description: 'From the last row to the first. --from and --to keep their meaning.' }),
    'keys-only': boolean({ description: 'Keys without values.' }),
    long: boolean({
      description: 'In front of each row, the position that wrote it. JSON has it anyway, as createdAt.',
    }),
    null: boolean({
      description: 'End rows with NUL instead of a line end, as xargs -0 reads them.',
      exclusive: ['json'],
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = this;
    const options = readRange(flags);
    const terminator = flags.null ? '\0' : undefined;
    const { 'keys-only': keysOnly } = flags;
    const shown = { positions: flags.long, tableIds: flags['all-tables'] };
    await this.withStore(args.store, 'read', async (store) => {
      const selection = selectRows(store, flags, options);
      if (!this.print.drawsTables(terminator)) {
        const form = { ...shown, keysOnly, terminator: terminator ?? '\n' };
        await this.print.rowBytes(form, (rows) => lendSelected(store, selection, rows, !keysOnly));
      } else if (keysOnly) await this.print.rows(selectedKeys(store, selection), keysView(shown));
      else await this.print.rows(selectedRows(store, selection), scanView(shown));
    });
  }
}
