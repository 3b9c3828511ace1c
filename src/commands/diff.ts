import { boolean, string } from '@oclif/core/flags';
import { optionalArg, requirePath, storeArg } from '../cli/input/args.js';
import { limitFlag, spanFlags } from '../cli/input/flags.js';
import { CliError } from '../cli/cli-error.js';
import { EXIT } from '../cli/exit-codes.js';
import { StoreCommand } from '../cli/store-command.js';
import { readRange } from '../cli/store/row-selection.js';
import { requireTable } from '../cli/store/table-choice.js';
import {
  countedByTable,
  differences,
  type DiffRequest,
  DiffTally,
  readDiffRequest,
} from '../cli/timeline/diff-request.js';
import { DIFF_COUNTS_VIEW, diffKeysView, diffView } from '../cli/timeline/diff-view.js';
import { counted } from '../cli/text/counts.js';
import type { BTreeStore, Differences, DiffOptions } from '../engine/index.js';

export default class Diff extends StoreCommand<typeof Diff> {
  static override readonly summary = 'Print the rows that differ between two positions, or two stores.';
  static override readonly description =
    'Prints the rows that differ between the positions A and B of the log (without B, now), or between STORE and another store of any format. Values are compared, not positions: a row that was put again with the same value does not differ. A row that came is + KEY VALUE, one that went - KEY VALUE, one that has changed ~ KEY OLD NEW, tab-separated, behind the table id unless --table is given; from a later position to an earlier one it is the other way round. Exit code 0 when nothing differs, 1 when something does.';
  static override readonly examples = [
    {
      description: 'What has changed since position 2:',
      command: '<%= config.bin %> diff store.kmb 2 --all-tables | head',
    },
    {
      description: 'Between two positions, how many rows of each table:',
      command: '<%= config.bin %> diff store.kmb 1 3 --stat --all-tables | cat',
    },
    {
      description: 'Whether another store has the same content:',
      command: 'if <%= config.bin %> diff store.kmb --with store.kmb --quiet --all-tables; then echo same; fi',
    },
  ];
  static override readonly args = {
    store: storeArg(),
    a: optionalArg('Position to compare.'),
    b: optionalArg('Position to compare it with. Default the applied one.'),
  };
  static override readonly flags = {
    ...spanFlags,
    ...limitFlag,
    with: string({
      description: 'Compare with this store.',
      helpValue: 'OTHER',
      parse: (path) => Promise.resolve(requirePath(path, '--with')),
    }),
    stat: boolean({ description: 'Only how many rows of each table differ.' }),
    'keys-only': boolean({ description: 'Keys without values.', exclusive: ['stat'] }),
    quiet: boolean({ description: 'Print nothing: the exit code is the answer, 0 or 1.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = this;
    const request = readDiffRequest({ from: args.a, to: args.b, other: flags.with, at: flags.at });
    const { from, to, prefix } = readRange(flags);
    const options: DiffOptions = { from, to, prefix, table: flags.table };
    const tally = new DiffTally(flags.quiet ? 1n : flags.limit);
    await this.withStore(args.store, 'read', (store) =>
      this.#withOther(request, async (other) => {
        if (flags.table !== undefined) requireOneOf([store, ...(other === undefined ? [] : [other])], flags.table);
        await this.#print(differences(store, other, request, options), tally);
      }),
    );
    if (tally.count === 0) return;
    const sentence = flags.quiet ? 'rows differ' : counted(tally.count, 'row differs', 'rows differ');
    throw new CliError('DIFFERENT', EXIT.cleanNo, sentence, { quiet: true });
  }

  async #withOther(request: DiffRequest, use: (other: BTreeStore | undefined) => Promise<void>): Promise<void> {
    if ('other' in request) await this.withStore(request.other, 'read', use);
    else await use(undefined);
  }

  async #print(all: Differences, tally: DiffTally): Promise<void> {
    const { stat, quiet, table, 'keys-only': keysOnly } = this.flags;
    const rows = tally.rows(all);
    if (quiet) await this.print.nothing(rows);
    else if (stat) await this.print.rows(countedByTable(rows), DIFF_COUNTS_VIEW);
    else if (keysOnly) await this.print.rows(rows, diffKeysView(table === undefined));
    else await this.print.rows(rows, diffView(table === undefined));
  }
}

/** A table that only one of two stores has is a difference, and no error. */
function requireOneOf(stores: readonly BTreeStore[], table: bigint): void {
  const [first] = stores;
  if (first !== undefined && !stores.some((store) => store.hasTable(table))) requireTable(first, table);
}
