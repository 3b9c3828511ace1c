import { backupSteps } from '../engine/index.js';
import { CopyCommand } from '../cli/copy/copy-command.js';
import { newFlags } from '../cli/copy/flags.js';
import { backupText } from '../cli/copy/text.js';
import { newArg, storeArg } from '../cli/input/args.js';

export default class Backup extends CopyCommand<typeof Backup> {
  static override readonly summary = 'Copy a store beside a writer that goes on.';
  static override readonly description =
    'Writes a copy of the store to NEW: as of the position that it has when it is opened, in its format, with its history and its log hash. No lock is taken on the store: a writer goes on meanwhile, and what it commits is not in the copy. Every page that is read is checked, and the copy is verified before it appears, whole or not at all. A damaged store is exit code 3: salvage saves what can be read. A table that is purged meanwhile ends it with exit code 4.';
  static override readonly examples = [
    '<%= config.bin %> backup store.kmb backup.kmb',
    {
      description: 'Replace the backup of yesterday:',
      command: '<%= config.bin %> backup store.kmb backup.kmb --force',
    },
  ];
  static override readonly args = { store: storeArg(), new: newArg() };
  static override readonly flags = newFlags;

  async run(): Promise<void> {
    const { store, new: output } = this.args;
    const summary = await this.copyTo(output, store, (options) => backupSteps(store, output, options));
    const { appliedPosition: position, pages, bytes } = summary;
    await this.print.result({ position, pages, bytes }, backupText(output, summary));
  }
}
