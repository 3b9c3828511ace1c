import { boolean } from '@oclif/core/flags';
import type { BTreeStore } from '../engine/index.js';
import { CliError } from '../cli/cli-error.js';
import { EXIT } from '../cli/exit-codes.js';
import { storeArg } from '../cli/input/args.js';
import { rangeFlags } from '../cli/input/flags.js';
import { keysView, scanView } from '../cli/output/versions-view.js';
import { StoreCommand } from '../cli/store-command.js';
import { keyOf, rowOf, rowsPastDamage } from '../cli/store/past-damage.js';
import {
  lendSelected,
  readRange,
  type RowSelection,
  selectedKeys,
  selectedRows,
  selectRows,
} from '../cli/store/row-selection.js';
import { counted } from '../cli/text/counts.js';

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
    'skip-damaged': boolean({
      description: 'Go on after what cannot be read, name on stderr what is left out, and end with exit code 3.',
      exclusive: ['reverse'],
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
      if (flags['skip-damaged']) {
        await this.#pastDamage(store, selection, terminator);
        return;
      }
      if (!this.print.drawsTables(terminator)) {
        const form = { ...shown, keysOnly, terminator: terminator ?? '\n' };
        await this.print.rowBytes(form, (rows) => lendSelected(store, selection, rows, !keysOnly));
      } else if (keysOnly) await this.print.rows(selectedKeys(store, selection), keysView(shown));
      else await this.print.rows(selectedRows(store, selection), scanView(shown));
    });
  }

  async #pastDamage(store: BTreeStore, selection: RowSelection, terminator: string | undefined): Promise<void> {
    const { args, flags } = this;
    const shown = { positions: flags.long, tableIds: flags['all-tables'] };
    let skipped = 0;
    const onSkipped = (message: string): void => {
      skipped += 1;
      this.print.note('DAMAGE_SKIPPED', message);
    };
    if (flags['keys-only']) {
      const rows = rowsPastDamage(store, selection, keyOf, onSkipped);
      await this.print.rows(rows, keysView(shown), terminator);
    } else await this.print.rows(rowsPastDamage(store, selection, rowOf, onSkipped), scanView(shown), terminator);
    if (skipped === 0) return;
    const hint = `kmb-store verify-pages ${args.store} says what is damaged, and what to do`;
    const message = `${args.store}: not all rows can be read: ${counted(skipped, 'part was', 'parts were')} left out`;
    throw new CliError('ROWS_LEFT_OUT', EXIT.damaged, message, { facts: { path: args.store, parts: skipped }, hint });
  }
}
