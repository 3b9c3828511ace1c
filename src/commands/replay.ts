import { boolean } from '@oclif/core/flags';
import { defined } from '../cli/defined.js';
import { requiredArg, storeArg } from '../cli/input/args.js';
import { createFlags, u64Flag } from '../cli/input/flags.js';
import { withInput } from '../cli/input/input.js';
import { Progress } from '../cli/output/progress.js';
import { dryRunText, notComparedText, replayText, salvagedText } from '../cli/output/replay-progress.js';
import { StoreCommand } from '../cli/store-command.js';
import { dryRun, type DryRunSize } from '../cli/store/dry-run.js';
import { replayInput, type ReplayResult } from '../cli/store/replay-input.js';
import type { JsonValue } from '../cli/text/json.js';
import type { FileSystem } from '../engine/index.js';

export default class Replay extends StoreCommand<typeof Replay> {
  static override readonly summary = 'Apply a log of batches.';
  static override readonly description =
    'Reads a log with one JSON line per batch, skips what the store has applied, applies the rest and commits in groups: after any interruption the same command goes on where the last group ended. A line that breaks a rule ends it with exit code 4; the batches before it stay. Creates the store if there is none.';
  static override readonly examples = [
    '<%= config.bin %> replay store.kmb log.ndjson',
    {
      description: 'Not further than position 2, and say what was done as JSON:',
      command: '<%= config.bin %> replay store.kmb log.ndjson --to 2 --json',
    },
    {
      description: 'Into a new store that the Rust crate can read:',
      command: '<%= config.bin %> replay crate.kmb log.ndjson --format 1',
    },
    {
      description: 'Whether all of a log can be applied, without applying it:',
      command: '<%= config.bin %> replay store.kmb log.ndjson --dry-run',
    },
    { description: 'A log from standard input:', command: 'cat log.ndjson | <%= config.bin %> replay store.kmb -' },
  ];
  static override readonly args = {
    store: storeArg('Path of the store; made if it is not there.'),
    log: requiredArg('Log of batches; - is standard input.'),
  };
  static override readonly flags = {
    ...createFlags,
    to: u64Flag({ description: 'Stop after the batch at this position.', helpValue: 'POSITION' }),
    'dry-run': boolean({
      description: 'Only say what would be applied or refused, and how large the store would be.',
      exclusive: ['live'],
    }),
    live: boolean({
      description: 'Commit whenever the input pauses for 100 ms, as that of tail -F and changes --follow does.',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = this;
    const progress = new Progress(this.style);
    const request = { to: flags.to, live: flags.live, progress };
    const replay = (files?: FileSystem): Promise<ReplayResult> =>
      withInput(args.log, (input) =>
        this.withStore(args.store, 'create', (store) => replayInput(store, input, request), files),
      );
    if (flags['dry-run']) await this.#printDryRun(await dryRun(args.store, replay), progress.seconds);
    else await this.#print(await replay(), progress.seconds);
  }

  async #print(result: ReplayResult, seconds: number): Promise<void> {
    const { summary } = result;
    this.#noteNotCompared(result);
    await this.print.committed(summary.toPosition, this.#json(result, seconds), replayText(summary, seconds));
  }

  async #printDryRun(result: ReplayResult & DryRunSize, seconds: number): Promise<void> {
    const { pagesBefore, pages, bytes } = result;
    this.#noteNotCompared(result);
    const json = { ...this.#json(result, seconds), dryRun: true, pagesBefore, pages, bytes };
    await this.print.result(json, dryRunText(result.summary, result));
  }

  #noteNotCompared({ notCompared, summary, isSalvaged }: ReplayResult): void {
    if (isSalvaged) this.print.note('SALVAGED', salvagedText(this.args.store, summary));
    // In JSON the result itself says it.
    if (notCompared !== undefined && !this.flags.json)
      this.print.note('NOT_COMPARED', notComparedText(notCompared, summary));
  }

  #json({ summary, notCompared }: ReplayResult, seconds: number): Record<string, JsonValue> {
    return { ...summary, seconds: Number(seconds.toFixed(3)), ...defined({ notCompared }) };
  }
}
