import { upgradeSteps } from '../engine/index.js';
import { CopyCommand } from '../cli/copy/copy-command.js';
import { copyFlags } from '../cli/copy/flags.js';
import { upgradeText } from '../cli/copy/text.js';
import { storesArg } from '../cli/input/args.js';
import { asFlag, manyFlags } from '../cli/many/flags.js';
import { UsageError } from '../cli/cli-error.js';
import { upgradeView } from '../cli/copy/many.js';

export default class Upgrade extends CopyCommand<typeof Upgrade> {
  static override readonly summary = 'Make stores ones of format 2.';
  static override readonly description =
    'Checks the store, writes a copy of format 2 beside it, compares the two, and puts the copy in the place of the store, whole or not at all. Every position answers as before; applied position and log hash stay. Commands that are reading the store go on with what they have open. The Rust crate does not open format 2; compact --format 1 is the way back. Takes as much room on disk as the copy until it is done. A damaged or torn store is exit code 3, and stays as it is.';
  static override readonly examples = [
    '<%= config.bin %> upgrade store.kmb',
    {
      description: 'Leave the store as it is, and write the copy elsewhere:',
      command: '<%= config.bin %> upgrade store.kmb --output new.kmb',
    },
    {
      description: 'Every store below a folder, two at once:',
      command: '<%= config.bin %> upgrade --recursive . --jobs 2',
    },
  ];
  static override readonly args = { store: storesArg('Paths of the stores.') };
  static override readonly flags = { ...manyFlags, ...asFlag(['text', 'json']), ...copyFlags };

  async run(): Promise<void> {
    const { store: stores } = this.args;
    if (this.flags.output !== undefined && stores?.length !== 1) {
      throw new UsageError('CONTRADICTION', '--output is for one store: several are upgraded where they are');
    }
    await this.answerEach({ stores, view: upgradeView, answer: (store) => this.#upgrade(store) });
  }

  async #upgrade(store: string): Promise<void> {
    const summary = await this.copy(store, (options) => upgradeSteps(store, options));
    const { fromFormat, toFormat, pagesBefore, pagesAfter, appliedPosition } = summary;
    const text = upgradeText({ ...summary, path: this.flags.output ?? store }, this.flags.output !== undefined);
    await this.print.committed(appliedPosition, { fromFormat, toFormat, pagesBefore, pagesAfter }, text);
  }
}
