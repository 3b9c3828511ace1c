import { boolean } from '@oclif/core/flags';
import { timeLine } from '../cli/history/time-line.js';
import { requiredArg, storeArg } from '../cli/input/args.js';
import { parseKey } from '../cli/input/byte-args.js';
import { keyHexFlag, tableFlag, u64Flag } from '../cli/input/flags.js';
import { io } from '../cli/io.js';
import { hasUnicode } from '../cli/output/colour.js';
import { historyView } from '../cli/output/versions-view.js';
import { StoreCommand } from '../cli/store-command.js';
import { chooseTable, requireTable } from '../cli/store/table-choice.js';
import { versionsOfKey, type VersionsRequest } from '../cli/store/versions-of-key.js';
import type { BTreeStore } from '../engine/index.js';

const USUAL_COLUMNS = 80;

export default class History extends StoreCommand<typeof History> {
  static override readonly summary = 'Print all versions of a key.';
  static override readonly description =
    'Prints every value that a key ever had, newest first: the position that wrote it, the position that replaced or deleted it (- for none), with --pages the page that says so, the value. On a terminal a line above them shows where they are between the first position and the applied one. A key that never was, or a table that is not there: exit code 1.';
  static override readonly examples = [
    '<%= config.bin %> history store.kmb user:1 --table 1',
    {
      description: 'The first value that the key had:',
      command: '<%= config.bin %> history store.kmb user:1 --reverse --limit 1 --table 1',
    },
    {
      description: 'What was known of it at position 2, and where that is in the file:',
      command: '<%= config.bin %> history store.kmb user:1 --at 2 --pages --table 1',
    },
  ];
  static override readonly args = { store: storeArg(), key: requiredArg('Key to look up.') };
  static override readonly flags = {
    ...tableFlag,
    ...keyHexFlag,
    at: u64Flag({
      description: 'Only versions that were written at this position of the log or before.',
      helpValue: 'POSITION',
    }),
    limit: u64Flag({ description: 'At most N versions.', helpValue: 'N' }),
    reverse: boolean({ description: 'The oldest version first.' }),
    pages: boolean({ description: 'The page that each version is in; dump-page shows it.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = this;
    const { at, limit, reverse, pages } = flags;
    const key = parseKey(args.key, 'KEY', flags['key-hex']);
    await this.withStore(args.store, 'read', async (store) => {
      const table = chooseTable(store, flags.table);
      requireTable(store, table);
      const versions = versionsOfKey(store, { table, key, at, limit, reverse });
      if (this.print.drawsTables(undefined)) await this.#draw(store, { table, key, at, limit, reverse });
      await this.print.rows(versions, historyView(pages));
    });
  }

  /** Where the versions are on the way from the first position to the last. */
  async #draw(store: BTreeStore, request: VersionsRequest): Promise<void> {
    const { stdout, env } = io();
    const columns = stdout.columns || USUAL_COLUMNS;
    const options = { applied: store.appliedPosition, columns, unicode: hasUnicode(env) };
    await this.print.line(timeLine(versionsOfKey(store, request), options));
  }
}
