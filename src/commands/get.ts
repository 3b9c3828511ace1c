import { boolean } from '@oclif/core/flags';
import { keyNotFound } from '../cli/cli-error.js';
import { requiredArg, storeArg } from '../cli/input/args.js';
import { parseKey } from '../cli/input/byte-args.js';
import { atFlag, keyHexFlag, tableFlag } from '../cli/input/flags.js';
import { rowJson, type TableRow } from '../cli/output/versions-view.js';
import { StoreCommand } from '../cli/store-command.js';
import { chooseTable, requireTable } from '../cli/store/table-choice.js';

export default class Get extends StoreCommand<typeof Get> {
  static override readonly summary = 'Print the value of a key.';
  static override readonly description =
    'Prints the value that a key has now, or had at an earlier position of the log, and a line end. On a terminal control bytes are escaped. A key or table that is not there: exit code 1.';
  static override readonly examples = [
    '<%= config.bin %> get store.kmb user:1 --table 1',
    {
      description: 'As of position 1 of the log:',
      command: '<%= config.bin %> get store.kmb user:1 --at 1 --table 1',
    },
    {
      description: 'The bytes of the value, and nothing else:',
      command: '<%= config.bin %> get store.kmb user:1 --raw --table 1 > value.bin',
    },
    {
      description: 'Only the answer, whether the key is there:',
      command: 'if <%= config.bin %> get store.kmb user:1 --quiet --table 1; then echo there; fi',
    },
  ];
  static override readonly args = { store: storeArg(), key: requiredArg('Key to look up.') };
  static override readonly flags = {
    ...tableFlag,
    ...keyHexFlag,
    ...atFlag,
    raw: boolean({ description: 'Exactly the bytes of the value, without a line end.', exclusive: ['json', 'quiet'] }),
    quiet: boolean({ description: 'Print nothing: the exit code is the answer, 0 or 1.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = this;
    const key = parseKey(args.key, 'KEY', flags['key-hex']);
    const row = await this.withStore(args.store, 'read', (store): TableRow => {
      const table = chooseTable(store, flags.table);
      const version = store.getVersion(table, key, flags.at);
      if (version !== undefined) return { table, key, ...version };
      requireTable(store, table, flags.quiet);
      throw keyNotFound(table, key, flags.quiet);
    });
    await this.#show(row);
  }

  async #show(row: TableRow): Promise<void> {
    const { json, quiet, raw } = this.flags;
    if (quiet) return;
    if (json) await this.print.line(rowJson(row));
    else if (raw) await this.print.bytes(row.value);
    else await this.print.value(row.value);
  }
}
