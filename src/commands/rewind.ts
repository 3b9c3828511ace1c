import { CopyCommand } from '../cli/copy/copy-command.js';
import { newFlags } from '../cli/copy/flags.js';
import { hashUnknownText, rewindText } from '../cli/copy/text.js';
import { newArg, requiredArg, storeArg } from '../cli/input/args.js';
import { parseU64 } from '../cli/text/numbers.js';
import { rewindSteps } from '../engine/index.js';

export default class Rewind extends CopyCommand<typeof Rewind> {
  static override readonly summary = 'Make a new store of what a store was at a position.';
  static override readonly description =
    'Checks the store and writes NEW: the store as it was at position P, with its history up to there, in the same format, without a log. Versions that came later are left out, and those that ended later are current again. NEW is checked and compared before it appears, whole or not at all; the store stays as it is. The log hash of NEW is not known unless P is the applied position: a replay goes on at P + 1, and cannot prove that its log is the one before. A position that the store has forgotten, or has not reached, is exit code 4; a damaged or torn store is exit code 3.';
  static override readonly examples = [
    '<%= config.bin %> rewind store.kmb 2 before.kmb',
    {
      description: 'And forward again, with the batches that the store itself knows:',
      command:
        '<%= config.bin %> rewind store.kmb 1 again.kmb && <%= config.bin %> changes store.kmb 1 --all-tables | <%= config.bin %> replay again.kmb -',
    },
  ];
  static override readonly args = {
    store: storeArg(),
    p: requiredArg('Position to go back to.'),
    new: newArg(),
  };
  static override readonly flags = newFlags;

  async run(): Promise<void> {
    const { store, new: output } = this.args;
    const position = parseU64(this.args.p, 'P');
    const summary = await this.copyTo(output, store, (options) => rewindSteps(store, position, output, options));
    const { appliedPosition, isHashKnown, pagesBefore, pagesAfter, versionsBefore, versionsAfter } = summary;
    if (!isHashKnown) this.print.note('HASH_NOT_KNOWN', hashUnknownText(output, appliedPosition));
    const { keysDropped, oldest } = summary;
    const counts = { pagesBefore, pagesAfter, versionsBefore, versionsAfter, keysDropped, oldest };
    await this.print.committed(
      appliedPosition,
      { position: appliedPosition, ...counts, hashKnown: isHashKnown },
      rewindText({ ...summary, path: output }),
    );
  }
}
