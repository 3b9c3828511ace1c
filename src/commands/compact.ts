import { boolean, string } from '@oclif/core/flags';
import { type CompactOptions, type CopySummary, compactSteps } from '../engine/index.js';
import { CopyCommand } from '../cli/copy/copy-command.js';
import { copyFlags } from '../cli/copy/flags.js';
import { compactText } from '../cli/copy/text.js';
import { defined } from '../cli/defined.js';
import { storeArg } from '../cli/input/args.js';
import { ask, mustAsk } from '../cli/input/confirm.js';
import { STORE_FORMATS, u64Flag } from '../cli/input/flags.js';

export default class Compact extends CopyCommand<typeof Compact> {
  static override readonly summary = 'Make a store dense, or forget old positions.';
  static override readonly description =
    'Checks the store, writes a dense copy of it beside it, compares the two, and puts the copy in the place of the store, whole or not at all. Every position answers as before, or with --keep-from every position from that one on: what only older ones need is dropped for good. Commands that are reading the store go on with what they have open. With --format 1 the copy is one that the Rust crate can read: refused with exit code 4 at the first key, value or table that does not fit, and for stores that have forgotten positions. Takes as much room on disk as the copy until it is done. A damaged or torn store is exit code 3, and stays as it is.';
  static override readonly examples = [
    '<%= config.bin %> compact store.kmb',
    { description: 'What it would come to:', command: '<%= config.bin %> compact store.kmb --dry-run' },
    {
      description: 'Drop what only positions below 2 need:',
      command: '<%= config.bin %> compact store.kmb --keep-from 2 --yes',
    },
    {
      description: 'Back to a store that the Rust crate can read:',
      command: '<%= config.bin %> compact store.kmb --format 1 --output crate.kmb',
    },
  ];
  static override readonly args = { store: storeArg() };
  static override readonly flags = {
    ...copyFlags,
    'keep-from': u64Flag({
      description: 'Drop what only positions below this one need. Asks on a terminal; scripts give --yes.',
      helpValue: 'POSITION',
    }),
    yes: boolean({ description: 'Do not ask.' }),
    'dry-run': boolean({ description: 'Say what it would come to, and write nothing.', exclusive: ['output'] }),
    format: string({
      description: 'Format of the copy, 1 or 2. Default that of the store.',
      helpGroup: 'STORE',
      options: STORE_FORMATS,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = this;
    const { 'keep-from': keepFrom, 'dry-run': dryRun, yes, json } = flags;
    if (keepFrom !== undefined && !dryRun && flags.output === undefined) {
      const deed = `forget all positions of ${args.store} below ${keepFrom}`;
      if (mustAsk({ yes, json, deed })) await ask({ yes, json, deed });
    }
    const format = flags.format === undefined ? undefined : Number(flags.format);
    const own: CompactOptions = { dryRun, ...defined({ keepFrom, format }) };
    const summary = await this.copy(args.store, (options) => compactSteps(args.store, { ...options, ...own }));
    const text = compactText({ ...summary, path: flags.output ?? args.store }, !dryRun);
    await this.print.committed(
      summary.appliedPosition,
      { ...compactJson(summary), ...(dryRun ? { dryRun } : {}) },
      text,
    );
  }
}

function compactJson(summary: CopySummary) {
  const { pagesBefore, pagesAfter, versionsBefore, versionsAfter, keysDropped, oldest } = summary;
  return { pagesBefore, pagesAfter, versionsBefore, versionsAfter, keysDropped, oldest };
}
