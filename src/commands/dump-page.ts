import { boolean } from '@oclif/core/flags';
import { DumpCommand } from '../cli/dump/dump-command.js';
import { requiredArg, storeArg } from '../cli/input/args.js';
import { parseU64 } from '../cli/text/numbers.js';
import { inspectPage } from '../engine/index.js';

export default class DumpPage extends DumpCommand<typeof DumpPage> {
  static override readonly summary = 'Show a page of a store, field by field.';
  static override readonly description =
    'Prints one page as it is in the file: header, slots, items with keys and versions, records, bytes of values, free space, and stale bytes that no slot points at. A damaged page is shown as far as it can be, what is wrong is marked, and the exit code is 1; 4 when the page is past the end. Page 0 is the superblock, and so is page 1 in format 2.';
  static override readonly examples = [
    '<%= config.bin %> dump-page store.kmb 2',
    { description: 'All bytes, with what they are:', command: '<%= config.bin %> dump-page store.kmb 2 --hex' },
    { description: 'The bytes alone:', command: '<%= config.bin %> dump-page store.kmb 2 --raw > page.bin' },
  ];
  static override readonly args = { store: storeArg(), page: requiredArg('Page id, from 0 on.') };
  static override readonly flags = {
    hex: boolean({ description: 'All bytes, annotated.', exclusive: ['raw'] }),
    raw: boolean({
      description: 'Exactly the bytes of the page, fewer where the file ends within it.',
      exclusive: ['json'],
    }),
  };

  async run(): Promise<void> {
    const { store, page } = this.args;
    const { hex, raw } = this.flags;
    const pageId = parseU64(page, 'PAGE');
    await this.show(inspectPage(store, pageId), store, raw ? 'raw' : hex ? 'hex' : 'fields');
  }
}
