import { storesArg } from '../cli/input/args.js';
import { spanFlags } from '../cli/input/flags.js';
import { asFlag, manyFlags } from '../cli/many/flags.js';
import { StoreCommand } from '../cli/store-command.js';
import { readRange } from '../cli/store/row-selection.js';
import { requireTable } from '../cli/store/table-choice.js';
import { hashJson, hashText, hashView } from '../cli/timeline/hash-view.js';
import type { ContentHash, HashOptions } from '../engine/index.js';

export default class Hash extends StoreCommand<typeof Hash> {
  static override readonly summary = 'Hash the content of stores.';
  static override readonly description =
    'Prints the SHA-256 of the rows of each store, now or as of an earlier position: equal for equal content, whatever the format, the layout and the history. With --table it is that of the table, and with a range that of its rows. docs/FORMAT.md says of which bytes it is.';
  static override readonly examples = [
    '<%= config.bin %> hash store.kmb --all-tables',
    {
      description: 'What the store held at position 2, with the hash of each table:',
      command: '<%= config.bin %> hash store.kmb --at 2 --all-tables --json',
    },
    { description: 'One table:', command: '<%= config.bin %> hash store.kmb --table 1' },
  ];
  static override readonly args = { store: storesArg('Paths of the stores.') };
  static override readonly flags = { ...manyFlags, ...asFlag(['text', 'json']), ...spanFlags };

  async run(): Promise<void> {
    await this.answerEach({ stores: this.args.store, view: hashView, answer: (store) => this.#answer(store) });
  }

  async #answer(store: string): Promise<void> {
    const options: HashOptions = { ...readRange(this.flags), table: this.flags.table };
    const found = await this.#hash(store, options);
    await this.print.line(this.style.json ? hashJson(store, found) : hashText(store, found));
  }

  async #hash(path: string, options: HashOptions): Promise<ContentHash> {
    return this.withStore(path, 'read', async (store) => {
      if (options.table !== undefined) requireTable(store, options.table);
      return this.inSlices(store.contentHashSteps(options), () => `hashing ${path}`);
    });
  }
}
