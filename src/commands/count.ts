import { storeArg } from '../cli/input/args.js';
import { rangeFlags } from '../cli/input/flags.js';
import { Progress } from '../cli/output/progress.js';
import { StoreCommand } from '../cli/store-command.js';
import { countRows, readRange, selectRows } from '../cli/store/row-selection.js';

export default class Count extends StoreCommand<typeof Count> {
  static override readonly summary = 'Count the rows of a range of keys.';
  static override readonly description =
    'Prints how many rows scan gives with the same flags. A table that is not there: exit code 1.';
  static override readonly examples = [
    '<%= config.bin %> count store.kmb --table 1',
    {
      description: 'How many keys began with user: at position 1:',
      command: '<%= config.bin %> count store.kmb --prefix user: --at 1 --table 1',
    },
  ];
  static override readonly args = { store: storeArg() };
  static override readonly flags = rangeFlags;

  async run(): Promise<void> {
    const { args, flags } = this;
    const options = readRange(flags);
    const progress = new Progress(this.style);
    const count = await this.withStore(args.store, 'read', (store) =>
      countRows(store, selectRows(store, flags, options), progress),
    ).finally(() => {
      progress.stop();
    });
    await this.print.result({ count }, count.toString());
  }
}
