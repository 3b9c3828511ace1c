import { boolean, string } from '@oclif/core/flags';
import { importFile, type ImportResult } from '../cli/import/import-file.js';
import type { SkippedNotes } from '../cli/import/change-event.js';
import { IMPORT_FORMATS, type ImportFormat, importRequest } from '../cli/import/request.js';
import { requiredArg, storeArg } from '../cli/input/args.js';
import { createFlags, tableFlag, u64Flag } from '../cli/input/flags.js';
import { withInput } from '../cli/input/input.js';
import { Progress } from '../cli/output/progress.js';
import { importText } from '../cli/output/replay-progress.js';
import { StoreCommand } from '../cli/store-command.js';
import { chooseTable } from '../cli/store/table-choice.js';
import { counted } from '../cli/text/counts.js';

const DEFAULT_BATCH = 1000n;

export default class Import extends StoreCommand<typeof Import> {
  static override readonly summary = "Put rows or change events of other people's files into a store.";
  static override readonly description =
    'Reads rows (csv, jsonl; rows are what scan --json prints) or change events (debezium, wal2json), gathers them into batches and commits in groups. A row is put under its key, whatever was there. After any interruption the same command goes on: batches that are there are compared, and another file is refused (exit code 4). A record that is wrong ends it with exit code 4, its line and nothing of its batch; the batches before it stay. Files packed by gzip or zstd are unpacked.';
  static override readonly examples = [
    '<%= config.bin %> import users.kmb users.csv --as csv --key id --table 1',
    {
      description: 'One column as the value, and rows that say that they are deleted:',
      command:
        '<%= config.bin %> import users.kmb users.csv --as csv --key id --value name --delete-when name= --table 1',
    },
    {
      description: 'All rows of one table into another store:',
      command:
        '<%= config.bin %> scan store.kmb --table 1 --json | <%= config.bin %> import copy.kmb - --as rows --table 2',
    },
  ];
  static override readonly args = {
    store: storeArg('Path of the store; made if it is not there.'),
    file: requiredArg('The file; - is standard input.'),
  };
  static override readonly flags = {
    ...createFlags,
    as: string({
      description: 'What the file is.',
      options: [...IMPORT_FORMATS],
      helpValue: 'FORMAT',
      required: true,
    }),
    ...tableFlag,
    key: string({
      description:
        'The field that is the key, or several: their JSON array. Of change events, where they do not say it.',
      helpValue: 'FIELD[,FIELD]',
    }),
    value: string({
      description: 'The field that is the value. Default: the JSON object of all fields but those of the key.',
      helpValue: 'FIELD',
    }),
    'key-hex': boolean({ description: 'The key is written in hex in the file.' }),
    'value-hex': boolean({ description: 'The field of --value is written in hex.' }),
    'delete-when': string({ description: 'Rows with this in this field are deletions.', helpValue: 'FIELD=VALUE' }),
    delimiter: string({
      description: 'What is between the fields of a CSV file. Default: a comma.',
      helpValue: 'TEXT',
    }),
    map: string({
      description:
        'Of change events: the table for the rows of a table of the source. Others are passed over. Without it all are in one table, and keys begin with SCHEMA.TABLE and a colon.',
      helpValue: 'SCHEMA.TABLE=ID',
      multiple: true,
    }),
    batch: u64Flag({
      description: 'Rows in a batch. Default 1000. Transactions of a source stay as they are.',
      helpValue: 'N',
    }),
    start: u64Flag({
      description: 'The position before the first batch of the file. Default 0, which is a new store.',
      helpValue: 'POSITION',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = this;
    const begin = importRequest({ ...flags, as: flags.as as ImportFormat });
    const options = { start: flags.start ?? 0n, recordsPerBatch: Number(flags.batch ?? DEFAULT_BATCH) };
    const progress = new Progress(this.style);
    let skipped: SkippedNotes | undefined;
    const result = await withInput(args.file, (input) =>
      this.withStore(args.store, 'create', (store) => {
        const reader = begin(() => chooseTable(store, flags.table));
        skipped = reader.skipped;
        return importFile(store, input, reader.source, options, progress);
      }),
    );
    await this.#print(result, progress.seconds);
    if (skipped !== undefined) this.#note(skipped);
  }

  async #print({ summary, rows }: ImportResult, seconds: number): Promise<void> {
    const json = { ...summary, rows, seconds: Number(seconds.toFixed(3)) };
    await this.print.committed(summary.toPosition, json, importText(summary, rows, seconds));
  }

  #note({ unmapped, unchangedColumns }: SkippedNotes): void {
    if (unmapped > 0) {
      this.print.note('EVENTS_UNMAPPED', `${counted(unmapped, 'event', 'events')} of tables without --map passed over`);
    }
    if (unchangedColumns > 0) {
      const rows = counted(unchangedColumns, 'row is', 'rows are');
      this.print.note(
        'COLUMNS_UNCHANGED',
        `${rows} stored without columns that had not changed, and that the event does not have`,
      );
    }
  }
}
