import { keyNotFound } from '../cli/cli-error.js';
import { explainJson } from '../cli/explain/json.js';
import type { Question } from '../cli/explain/question.js';
import { explainLines } from '../cli/explain/text.js';
import { requiredArg, storeArg } from '../cli/input/args.js';
import { parseKey } from '../cli/input/byte-args.js';
import { atFlag, keyHexFlag, tableFlag } from '../cli/input/flags.js';
import { StoreCommand } from '../cli/store-command.js';
import { chooseTable, requireTable } from '../cli/store/table-choice.js';
import { toJson } from '../cli/text/json.js';

export default class Explain extends StoreCommand<typeof Explain> {
  static override readonly summary = 'Show the way to the value of a key.';
  static override readonly description =
    'Shows how get comes to its answer: the pages from the root down, between which separators each is, the item; then the versions that are looked at, which one counts, and why the others do not. A key that has no value, or a table that is not there: exit code 1.';
  static override readonly examples = [
    '<%= config.bin %> explain store.kmb user:1 --table 1',
    {
      description: 'Why the key had the value that it had at position 2:',
      command: '<%= config.bin %> explain store.kmb user:1 --at 2 --table 1',
    },
  ];
  static override readonly args = { store: storeArg(), key: requiredArg('Key to look up.') };
  static override readonly flags = { ...tableFlag, ...keyHexFlag, ...atFlag };

  async run(): Promise<void> {
    const { args, flags } = this;
    const key = parseKey(args.key, 'KEY', flags['key-hex']);
    const { question, explanation } = await this.withStore(args.store, 'read', (store) => {
      const table = chooseTable(store, flags.table);
      requireTable(store, table);
      const asked: Question = { table, key, at: flags.at ?? store.appliedPosition };
      return { question: asked, explanation: store.explain(table, key, flags.at) };
    });
    if (flags.json) await this.print.line(toJson(explainJson(question, explanation)));
    else await this.print.lines((paint) => explainLines(question, explanation, paint));
    if (explanation.visible === undefined) throw keyNotFound(question.table, key);
  }
}
