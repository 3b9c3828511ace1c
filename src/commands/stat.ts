import { boolean } from '@oclif/core/flags';
import { type StatProgress, type StatReport, statSteps } from '../engine/index.js';
import { tableNotFound } from '../cli/cli-error.js';
import { damageIn } from '../cli/damage.js';
import { storesArg } from '../cli/input/args.js';
import { u64Flag } from '../cli/input/flags.js';
import { io } from '../cli/io.js';
import { asFlag, manyFlags } from '../cli/many/flags.js';
import { StoreCommand } from '../cli/store-command.js';
import { statJson } from '../cli/stat/json.js';
import { statLines } from '../cli/stat/lines.js';
import { statView } from '../cli/stat/many.js';
import { showFigures } from '../cli/stat/screen.js';
import { toJson } from '../cli/text/json.js';
import { verifyNotes } from '../cli/verify/notes.js';
import { verifyProgress } from '../cli/verify/progress.js';

export default class Stat extends StoreCommand<typeof Stat> {
  static override readonly summary = 'Count what is in stores, and how their pages are used.';
  static override readonly description =
    'Counts, for each table and in all: rows, keys, versions, pages by kind, bytes by what they are for, how full the pages are; the largest keys; how long ago pages were changed; in format 1 the keys that come closest to what a page can hold, and how often they can still be updated. A table with bars on a terminal, else a figure a line: table id (- for the whole store), tab, name, tab, figure (- for one that is not known). A store that is damaged is not counted: exit code 3. Of several stores there is a line each, and the worst exit code counts.';
  static override readonly examples = [
    '<%= config.bin %> stat store.kmb',
    {
      description: 'Only what is recorded, at once, however large the store is:',
      command: '<%= config.bin %> stat store.kmb --fast',
    },
    {
      description: 'One table, as JSON:',
      command: '<%= config.bin %> stat store.kmb --table 1 --json',
    },
    {
      description: 'Figures of every store below a folder for a monitor:',
      command: '<%= config.bin %> stat --recursive . --as prometheus',
    },
  ];
  static override readonly args = { store: storesArg('Paths of the stores.') };
  static override readonly flags = {
    ...manyFlags,
    ...asFlag(['text', 'json', 'prometheus']),
    table: u64Flag({ description: 'Only this table. Without it, all of them.', helpGroup: 'STORE', helpValue: 'ID' }),
    fast: boolean({
      description: 'Only what is recorded, without counting: in format 1 little more than the tables.',
    }),
  };

  async run(): Promise<void> {
    await this.answerEach({ stores: this.args.store, view: statView, answer: (store) => this.#answer(store) });
  }

  /** Prints the figures of a store. */
  async #answer(store: string): Promise<void> {
    try {
      await this.#print(store, await this.#count(store));
    } catch (error) {
      throw damageIn(store, error);
    }
  }

  async #count(store: string): Promise<StatReport> {
    const { fast, table } = this.flags;
    let reached: StatProgress = { pagesDone: 0, pagesTotal: 0 };
    const onProgress = (now: StatProgress) => {
      reached = now;
    };
    const steps = statSteps(store, { fast, table, onProgress });
    const report = await this.inSlices(steps, (seconds, columns) => verifyProgress(store, reached, seconds, columns));
    if (table !== undefined && report.tables.length === 0) throw tableNotFound(table);
    return report;
  }

  async #print(store: string, report: StatReport): Promise<void> {
    const { foreignFile, isCopyUsed } = report;
    const notes = verifyNotes(store, { foreignFile, isCopyUsed, pagesFree: undefined });
    for (const { code, message } of notes) this.print.note(code, message);
    if (this.style.json) await this.print.line(toJson(statJson(store, report)));
    else if (io().stdout.isTTY === true) await showFigures(this.print, store, report);
    else await this.print.lines(() => statLines(statJson(store, report)));
  }
}
