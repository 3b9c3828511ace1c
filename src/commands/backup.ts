import { string } from '@oclif/core/flags';
import { backupSteps } from '../engine/index.js';
import { UsageError } from '../cli/cli-error.js';
import { CopyCommand } from '../cli/copy/copy-command.js';
import { newFlags } from '../cli/copy/flags.js';
import { backupView } from '../cli/copy/many.js';
import { backupText } from '../cli/copy/text.js';
import { requirePath, storesArg } from '../cli/input/args.js';
import { asFlag, manyFlags } from '../cli/many/flags.js';
import { placesIn } from '../cli/many/store-names.js';

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
    {
      description: 'Every store below a folder, each in its place below another:',
      command: '<%= config.bin %> backup --recursive . --into ../backups --force',
    },
  ];
  static override readonly usage = ['backup STORE NEW', 'backup STORE... --into DIR'];
  static override readonly args = { store: storesArg('Path of the store, and NEW; with --into paths of stores.') };
  static override readonly flags = {
    ...newFlags,
    into: string({
      description:
        'Make the backup of each store in this folder, under the name that it has below their common folder.',
      helpValue: 'DIR',
      parse: (path) => Promise.resolve(requirePath(path, '--into')),
    }),
    ...manyFlags,
    ...asFlag(['text', 'json']),
  };

  async run(): Promise<void> {
    const { store: stores = [] } = this.args;
    const { into } = this.flags;
    if (into === undefined) return this.#backup(stores);
    return this.answerEach({
      stores,
      view: backupView,
      argumentAfter: (all) => placesIn(into, all),
    });
  }

  async #backup([store, output, ...others]: readonly string[]): Promise<void> {
    const { recursive, 'stores-from': listFile } = this.flags;
    if (others.length > 0 || recursive !== undefined || listFile !== undefined) {
      throw new UsageError('MISSING_FLAG', 'backups of several stores need a folder to be in: --into DIR');
    }
    if (store === undefined || output === undefined) {
      const name = store === undefined ? 'STORE' : 'NEW';
      throw new UsageError('MISSING_ARGUMENT', `missing argument: ${name}`, { arguments: [name] });
    }
    const summary = await this.copyTo(output, store, (options) => backupSteps(store, output, options));
    const { appliedPosition: position, pages, bytes } = summary;
    await this.print.result({ position, pages, bytes }, backupText(output, summary));
  }
}
