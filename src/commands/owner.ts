import { type OwnerPath, StoreError } from '../engine/index.js';
import { CliError } from '../cli/cli-error.js';
import { damageIn } from '../cli/damage.js';
import { EXIT } from '../cli/exit-codes.js';
import { requiredArg, storeArg } from '../cli/input/args.js';
import { LookCommand } from '../cli/look/look-command.js';
import { ownerJson } from '../cli/owner/json.js';
import { ownerLines } from '../cli/owner/text.js';
import { branchesHere } from '../cli/tree/branches.js';
import { toJson } from '../cli/text/json.js';
import { parseU64 } from '../cli/text/numbers.js';

export default class Owner extends LookCommand<typeof Owner> {
  static override readonly summary = 'Say what points to a page.';
  static override readonly description =
    'Shows the way to a page from the superblock: the table, the children that lead down, for a page of a long value the key and the position that have it. Where nothing points to the page it says what the page is: free, or lost space; the exit code is then 1. In a damaged store it may be that this cannot be told: exit code 3. A page past the end: exit code 4.';
  static override readonly examples = [
    '<%= config.bin %> owner store.kmb 2',
    { description: 'As JSON:', command: '<%= config.bin %> owner store.kmb 2 --json' },
  ];
  static override readonly args = { store: storeArg(), page: requiredArg('Page id, from 0 on.') };

  async run(): Promise<void> {
    const { store } = this.args;
    const page = Number(parseU64(this.args.page, 'PAGE'));
    const found = (await this.look(store)).owner(page);
    if (this.flags.json) await this.print.line(toJson(ownerJson(found)));
    else await this.print.lines((paint) => ownerLines(found, paint, branchesHere()));
    this.#requireOwner(store, found);
  }

  #requireOwner(store: string, { page, path }: OwnerPath): void {
    if (path.length > 0) return;
    const facts = { path: store, page: page.page };
    if (page.kind === 'unknown') {
      const message = `whether anything points to page ${page.page} cannot be told`;
      throw damageIn(store, new StoreError('TREE_CORRUPTED', message, facts));
    }
    throw new CliError('NO_OWNER', EXIT.cleanNo, `nothing points to page ${page.page} of ${store}`, { facts });
  }
}
