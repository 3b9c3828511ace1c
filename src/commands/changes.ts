import { boolean } from '@oclif/core/flags';
import { optionalArg, storeArg } from '../cli/input/args.js';
import { wholeStoreFlags } from '../cli/input/flags.js';
import { StoreCommand } from '../cli/store-command.js';
import { requireTable } from '../cli/store/table-choice.js';
import { checkGoesOn, type Followed, followStore } from '../cli/timeline/follow.js';
import { changesInRanges, RANGES_VIEW } from '../cli/timeline/changes-stat.js';
import { logLines, readChangesRange } from '../cli/timeline/changes-output.js';
import type { BTreeStore, Changes as ChangedBatches } from '../engine/index.js';

export default class Changes extends StoreCommand<typeof Changes> {
  static override readonly summary = 'Print the log of a store again.';
  static override readonly description =
    'Prints the batches of the positions A + 1 to B (without A from the first one on, without B up to now) as replay reads them, one line a position, empty ones too. Replayed onto a store as of A they give the same content at every position; the last line has the hash of the log where it is known. Of several operations on a key in one batch there is the last, and none that had no effect. With --stat it counts: the positions in up to 20 ranges, and the puts and deletes in each. With --follow it goes on with every commit of a writer in another process until a signal ends it (130, 143); a purge ends it with exit code 4, a store of another history that takes the place of this one with 5.';
  static override readonly examples = [
    '<%= config.bin %> changes store.kmb --all-tables',
    {
      description: 'How many changes there are in each range of positions:',
      command: '<%= config.bin %> changes store.kmb --stat --all-tables',
    },
    {
      description: 'A copy of the store as of position 2, in format 1:',
      command: '<%= config.bin %> changes store.kmb 0 2 --all-tables | <%= config.bin %> replay copy.kmb - --format 1',
    },
  ];
  static override readonly args = {
    store: storeArg(),
    a: optionalArg('Position that the batches follow. Default 0.'),
    b: optionalArg('Position of the last batch. Default the applied one.'),
  };
  static override readonly flags = {
    ...wholeStoreFlags,
    stat: boolean({
      description: 'How many puts and deletes there are in each range of positions.',
      exclusive: ['follow'],
    }),
    follow: boolean({ description: 'Go on with every commit of a writer in another process, until a signal.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = this;
    const { after, upTo } = readChangesRange(args.a, args.b, flags.follow);
    if (flags.follow) {
      await this.#follow(after);
      return;
    }
    await this.withStore(args.store, 'read', async (store) => {
      this.#requireTable(store);
      const batches = store.changesSteps(after, upTo, { table: flags.table });
      if (!flags.stat) await this.#print(batches);
      else await this.print.rows(changesInRanges(batches, after, upTo ?? store.appliedPosition), RANGES_VIEW);
    });
  }

  async #follow(from: bigint): Promise<never> {
    const { table } = this.flags;
    let followed: Followed | undefined;
    for (;;) {
      followed = await this.withStore(this.args.store, 'read', async (store) => {
        this.#requireTable(store);
        if (followed !== undefined) await checkGoesOn(store, followed, table);
        const after = followed?.position ?? from;
        // Refused now and not after the first commit, when the store is not that far.
        store.changesSteps(after);
        return followStore(store, { after, table, print: (batches) => this.#print(batches) });
      });
    }
  }

  #requireTable(store: BTreeStore): void {
    if (this.flags.table !== undefined) requireTable(store, this.flags.table);
  }

  async #print(batches: ChangedBatches): Promise<void> {
    await this.print.pieces(logLines(batches));
  }
}
