import { boolean, string } from '@oclif/core/flags';
import {
  beginSalvage,
  CompleteFile,
  nodeFiles,
  type SalvageProgress,
  type SalvageRun,
  type SalvageSummary,
} from '../engine/index.js';
import { CliError } from '../cli/cli-error.js';
import { CopyCommand } from '../cli/copy/copy-command.js';
import { newFlags } from '../cli/copy/flags.js';
import { damageIn } from '../cli/damage.js';
import { defined } from '../cli/defined.js';
import { EXIT } from '../cli/exit-codes.js';
import { newArg, requirePath, storeArg } from '../cli/input/args.js';
import { STORE_FORMATS, u64Flag } from '../cli/input/flags.js';
import { withInput } from '../cli/input/input.js';
import { readLines } from '../cli/input/lines.js';
import { lossJson, salvageJson } from '../cli/salvage/json.js';
import { salvageLines, salvageProgress } from '../cli/salvage/text.js';
import { beforeSignalEnds } from '../cli/signals.js';
import { counted } from '../cli/text/counts.js';
import { toJson } from '../cli/text/json.js';
import { shellWord } from '../cli/text/shell.js';

export default class Salvage extends CopyCommand<typeof Salvage> {
  static override readonly summary = 'Save what can be read of a damaged store.';
  static override readonly description =
    'Writes all that can be read of a damaged store to NEW, with its history: the trees are walked as far as they hold, and pages that nothing leads to any more are taken by what they say themselves, also without superblock or roots. What is lost is listed as ranges of keys, positions and pages. With --log the losses are filled as far as the log reaches. A store with losses does not know its log hash any more, and in format 2 says that it was salvaged (stat, dump-superblock and verify-pages show it); a complete log clears that. Pages of format 1 do not say which table they are of: rows of which that cannot be told get tables of their own, or the one of --assume-table. STORE stays as it is. Exit code 0: nothing is lost; 1: saved with losses; 3: nothing can be saved.';
  static override readonly examples = [
    '<%= config.bin %> salvage store.kmb saved.kmb',
    {
      description: 'With the log of the store, and a list of what is lost nevertheless:',
      command: '<%= config.bin %> salvage store.kmb filled.kmb --log log.ndjson --lost lost.ndjson',
    },
  ];
  static override readonly args = { store: storeArg(), new: newArg() };
  static override readonly flags = {
    ...newFlags,
    force: boolean({ description: 'Replace NEW, and the file of --lost, where they are there.' }),
    lost: string({
      description: 'Write what is lost to this file, a line of JSON each.',
      helpValue: 'FILE',
      parse: (path) => Promise.resolve(requirePath(path, '--lost')),
    }),
    log: string({
      description: 'Log of the store, from position 1 on; - is standard input.',
      helpValue: 'LOG',
      parse: (path) => Promise.resolve(requirePath(path, '--log')),
    }),
    'assume-table': u64Flag({
      description: 'Table of rows of which it cannot be told. Default tables of their own.',
      helpValue: 'ID',
    }),
    format: string({
      description: 'Format of NEW: that of STORE, which is the default, or a newer one.',
      helpGroup: 'STORE',
      options: STORE_FORMATS,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = this;
    const list = this.#lostFile();
    const forget = beforeSignalEnds(() => list?.release());
    let summary: SalvageSummary;
    try {
      summary = await this.#salvage();
      list?.complete(summary.lost.map((loss) => `${toJson(lossJson(loss))}\n`));
    } finally {
      forget();
      list?.release();
    }
    if (flags.json) await this.print.line(toJson(salvageJson(summary)));
    else await this.print.prose(salvageLines(args.new, summary));
    if (summary.lost.length === 0) return;
    const losses = counted(summary.lost.length, 'range is lost', 'ranges are lost');
    throw new CliError('SALVAGED_WITH_LOSSES', EXIT.cleanNo, `${args.store}: saved, but ${losses}`, {
      facts: { path: args.new, lost: summary.lost.length },
      ...(flags.log === undefined ? { hint: fillHint(args.store) } : {}),
    });
  }

  #lostFile(): CompleteFile | undefined {
    const { store, new: output } = this.args;
    const { lost, log, force } = this.flags;
    if (lost === undefined) return undefined;
    const others = [store, output, ...(log === undefined || log === '-' ? [] : [log])];
    return new CompleteFile({ files: nodeFiles, path: lost, others, force });
  }

  async #salvage(): Promise<SalvageSummary> {
    const { args, flags } = this;
    let reached: SalvageProgress = { phase: 'checking', pagesDone: 0, pagesTotal: 0 };
    const run = beginSalvage(args.store, args.new, {
      ...this.optionsFor(args.new),
      onProgress: (progress) => {
        reached = progress;
      },
      ...defined({
        assumeTable: flags['assume-table'],
        format: flags.format === undefined ? undefined : Number(flags.format),
      }),
    });
    try {
      await this.inSlices(run.look(), () => salvageProgress(reached));
      if (flags.log !== undefined) await this.#takeLog(run, flags.log);
      const writing = run.finish();
      const forget = beforeSignalEnds(() => writing.return(undefined as never));
      try {
        return await this.inSlices(writing, () => salvageProgress(reached));
      } finally {
        forget();
      }
    } catch (error) {
      throw damageIn(args.store, error);
    } finally {
      run.close();
    }
  }

  async #takeLog(run: SalvageRun, log: string): Promise<void> {
    await withInput(log, (input) => readLines(input, { line: (line) => run.push(line) }));
  }
}

function fillHint(store: string): string {
  return `kmb-store salvage ${shellWord(store)} NEW --log LOG fills what the log has`;
}
