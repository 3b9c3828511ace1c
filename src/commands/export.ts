import { boolean, string } from '@oclif/core/flags';
import { StoreError } from '../engine/index.js';
import { CliError } from '../cli/cli-error.js';
import { requirePath, storesArg } from '../cli/input/args.js';
import { atFlag, wholeStoreFlags } from '../cli/input/flags.js';
import { exportStore, type StoreSummary } from '../cli/export/export-store.js';
import type { ExportOutput } from '../cli/export/output.js';
import { type ExportRequest, openOutput, representationOf } from '../cli/export/request.js';
import { EXPORT_FORMATS, type ExportFormat } from '../cli/export/row-writer.js';
import { exportProgress, summaryJson, summaryText } from '../cli/export/text.js';
import { eachStore, type FailedStore } from '../cli/many/each-store.js';
import { listFlags } from '../cli/many/flags.js';
import { listStores } from '../cli/many/list-stores.js';
import { failureJson } from '../cli/many/outcome.js';
import { beforeSignalEnds } from '../cli/signals.js';
import { StoreCommand } from '../cli/store-command.js';

export default class Export extends StoreCommand<typeof Export> {
  static override readonly summary = 'Write rows to files that other programs read: Parquet, CSV, JSON Lines.';
  static override readonly description =
    'Writes the rows of stores, now or as of an earlier position, or with --history all versions. One store to a FILE (a name that ends in .parquet, .csv, .jsonl or .ndjson), or any number of stores to a folder DIR: a data set with a file for each table, store=NAME/table=ID/part-0.parquet, and a manifest. Nothing appears before all of it is there. --append adds to a data set what is new in its stores: a version that has ended meanwhile comes again, with its end. docs/DATA.md has the queries for DuckDB and others. A store that cannot be exported keeps no other one from it; the worst exit code counts.';
  static override readonly examples = [
    '<%= config.bin %> export store.kmb --output rows.parquet --as parquet --table 1',
    {
      description: 'All versions, as a data set, and later what is new:',
      command: '<%= config.bin %> export store.kmb --output versions --as parquet --all-tables --history --append',
    },
    {
      description: 'What the store held at position 2, as CSV with keys and values as text:',
      command: '<%= config.bin %> export store.kmb --output rows.csv --as csv --text --table 1 --at 2',
    },
  ];
  static override readonly args = { store: storesArg('Paths of the stores.') };
  static override readonly flags = {
    ...listFlags,
    ...wholeStoreFlags,
    ...atFlag,
    output: string({
      description: 'The file or the folder to be made.',
      helpValue: 'DIR|FILE',
      required: true,
      parse: (path) => Promise.resolve(requirePath(path, '--output')),
    }),
    as: string({
      description: 'What is written.',
      options: [...EXPORT_FORMATS],
      helpValue: 'FORMAT',
      required: true,
    }),
    history: boolean({ description: 'All versions, also those that have ended.', default: false }),
    text: boolean({
      description: 'Keys and values as text; what is not UTF-8 is refused. Default: bytes, in CSV in hex.',
      default: false,
    }),
    append: boolean({
      description: 'Add what is new to the data set of an earlier export, or make it where there is none.',
      exclusive: ['force'],
    }),
    force: boolean({ description: 'Replace the file or the data set where it is there.' }),
  };

  async run(): Promise<void> {
    const request = await this.#request();
    const representation = await representationOf(request, this.config.version);
    const output = await this.inSlices(openOutput(request, representation), () => 'waiting for the data set');
    const forget = beforeSignalEnds(() => {
      output.discard();
    });
    try {
      await this.#exportAll(request, output);
    } finally {
      output.discard();
      forget();
    }
  }

  async #request(): Promise<ExportRequest> {
    const { recursive: folders = [], 'stores-from': listFile } = this.flags;
    const found = await listStores({ stores: this.args.store ?? [], folders, listFile });
    // What cannot be looked through is told as a store that cannot be opened.
    const stores = [...found.stores, ...found.unread.map(({ path }) => path)];
    const { output, history, text, append, force, table = null, at } = this.flags;
    return { stores, output, as: this.flags.as as ExportFormat, history, text, append, force, table, at };
  }

  /** What is exported is in place, and told, before it is said which stores have failed. */
  async #exportAll(request: ExportRequest, output: ExportOutput): Promise<void> {
    const exported: StoreSummary[] = [];
    const failure = await failureOf(
      eachStore(request.stores, {
        ask: async (store) => {
          exported.push(await this.#export(store, request, output));
          return undefined;
        },
        tell: (store, failed) => this.#tell(store, failed),
        verdict: 'could not be exported',
      }),
    );
    if (exported.length > 0) output.publish();
    for (const summary of exported) await this.print.result(summaryJson(summary), summaryText(summary));
    if (failure !== undefined) throw failure;
  }

  async #export(path: string, request: ExportRequest, output: ExportOutput): Promise<StoreSummary> {
    let reached = 0;
    return this.withStore(path, 'read', (store) =>
      this.inSlices(
        exportStore(store, path, request, output, (rows) => {
          reached = rows;
        }),
        () => exportProgress(path, reached),
      ),
    );
  }

  async #tell(store: string, failure: FailedStore): Promise<void> {
    if (this.flags.json) await this.print.line(failureJson(store, failure));
    else this.print.note(failure.code, `${store} was not exported: ${failure.message}`);
  }
}

/** What stores have failed with; whatever else is thrown is thrown on. */
async function failureOf(work: Promise<void>): Promise<Error | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof StoreError || error instanceof CliError) return error;
    throw error;
  }
}
