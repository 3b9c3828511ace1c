import { storeArg } from '../cli/input/args.js';
import { lockFlag } from '../cli/input/flags.js';
import { recoveryText } from '../cli/output/recovery-text.js';
import { StoreCommand } from '../cli/store-command.js';

export default class Recover extends StoreCommand<typeof Recover> {
  static override readonly summary = 'Finish or drop what a crash left of a commit.';
  static override readonly description =
    'Finishes the commit of a complete journal, drops an incomplete journal, cuts off pages past the end of the store, and corrects a next page id that is too small; then the store is one file again. Every command that writes does the same before it begins; commands that only read need it not.';
  static override readonly examples = [
    '<%= config.bin %> recover store.kmb',
    '<%= config.bin %> recover store.kmb --json',
  ];
  static override readonly args = { store: storeArg() };
  static override readonly flags = lockFlag;

  async run(): Promise<void> {
    const done = await this.withStore(this.args.store, 'write', async (store) => {
      await this.inSlices(store.checkpointSteps(), () => 'making the store one file again');
      return { ...store.recovery, position: store.appliedPosition };
    });
    await this.print.committed(done.position, done, recoveryText(done));
  }
}
