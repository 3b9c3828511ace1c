import { boolean } from '@oclif/core/flags';
import { tableNotFound } from '../cli/cli-error.js';
import { storeArg } from '../cli/input/args.js';
import { u64Flag } from '../cli/input/flags.js';
import { LookCommand } from '../cli/look/look-command.js';
import { escapeControls } from '../cli/text/escape.js';
import { dotLines } from '../cli/tree/dot.js';
import { NODES_VIEW } from '../cli/tree/json.js';
import { branchesHere } from '../cli/tree/branches.js';
import { treeLines } from '../cli/tree/text.js';

export default class Tree extends LookCommand<typeof Tree> {
  static override readonly summary = 'Show the trees of a store, page by page.';
  static override readonly description =
    'Shows each tree from its root down: what a page is, how many items it has, how full it is, how many pages are below it, and which keys belong there. In format 2 the older events of a table are a tree of their own. Damaged trees are shown as far as they hold. With --json a page a line, parents first. Exit codes are those of verify-pages; a table that is not there is exit code 1.';
  static override readonly examples = [
    '<%= config.bin %> tree store.kmb --table 1 --depth 2',
    {
      description: 'As a picture:',
      command: '<%= config.bin %> tree store.kmb --table 1 --dot > tree.dot && dot -Tsvg tree.dot > tree.svg',
    },
  ];
  static override readonly args = { store: storeArg() };
  static override readonly flags = {
    table: u64Flag({ description: 'Only this table. Default all.', helpGroup: 'STORE', helpValue: 'ID' }),
    depth: u64Flag({ description: 'Only N levels of each tree, from the root down.', helpValue: 'N' }),
    dot: boolean({ description: 'A graph in the language of graphviz.', exclusive: ['json'] }),
  };

  async run(): Promise<void> {
    const { store } = this.args;
    const { table, depth, dot, json } = this.flags;
    const look = await this.look(store);
    const nodes = look.nodes({ table, depth: depth === undefined ? undefined : Number(depth) });
    if (json) await this.print.rows(nodes, NODES_VIEW);
    else if (dot) await this.print.lines(() => dotLines(escapeControls(store), nodes));
    else await this.print.lines((paint) => treeLines(nodes, paint, branchesHere()));
    this.requireSound(store, look);
    const isThere = table === undefined || look.census.records.some(({ id }) => id === table);
    if (!isThere) throw tableNotFound(table);
  }
}
