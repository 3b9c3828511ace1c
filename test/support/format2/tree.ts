/** A tree of pages as it is linked from its root; what it says (order, bounds, stamps) is not judged here. */
import type { Entry2, Run2 } from './events.js';
import { FIRST_PAGE, HEIGHT_MAX, PAGE_TYPE } from './layout.js';
import type { Page2 } from './page.js';
import { type Fault, type Rule, reportInto } from './rules.js';

export type TreeKind = 'current' | 'history' | 'catalogue';

export const TREE_TYPES = {
  current: { leaf: PAGE_TYPE.leaf, internal: PAGE_TYPE.internal },
  history: { leaf: PAGE_TYPE.historyLeaf, internal: PAGE_TYPE.historyInternal },
  catalogue: { leaf: PAGE_TYPE.catalogueLeaf, internal: PAGE_TYPE.catalogueInternal },
} as const;

export interface TreeNode {
  readonly page: Page2;
  /** Of an internal page, in order; undefined where the child cannot be read or belongs to somebody else. */
  readonly children: readonly (TreeNode | undefined)[];
}

export interface Tree2 {
  readonly kind: TreeKind;
  /** 0: the catalogue. */
  readonly owner: bigint;
  readonly root: TreeNode | undefined;
  /** Parents before their children, left to right. */
  readonly pages: readonly Page2[];
  /** Left to right; those that could be read. */
  readonly leaves: readonly Page2[];
}

export interface Located<T> {
  readonly page: Page2;
  readonly item: T;
}

export const entriesOf = (tree: Tree2): Located<Entry2>[] =>
  tree.leaves.flatMap((page) => (page.content?.kind === 'leaf' ? located(page, page.content.items) : []));

export const runsOf = (tree: Tree2): Located<Run2>[] =>
  tree.leaves.flatMap((page) => (page.content?.kind === 'history-leaf' ? located(page, page.content.items) : []));

const located = <T>(page: Page2, items: readonly T[]): Located<T>[] => items.map((item) => ({ page, item }));

/** The pages of a store, and who has been found to use which. */
export class PageTable {
  private readonly owners = new Map<number, string>();

  /** @param pages by page id; `nextPageId` bounds what may be pointed to */
  constructor(
    readonly pages: ReadonlyMap<number, Page2>,
    readonly nextPageId: bigint,
    readonly faults: Fault[],
  ) {}

  get reached(): ReadonlySet<number> {
    return new Set(this.owners.keys());
  }

  has(id: bigint): boolean {
    return id >= FIRST_PAGE && id < this.nextPageId && this.pages.has(Number(id));
  }

  /** False when somebody has it already. */
  claim(id: number, owner: string): boolean {
    if (this.owners.has(id)) return false;
    this.owners.set(id, owner);
    return true;
  }

  ownerOf(id: number): string {
    return this.owners.get(id) ?? 'nobody';
  }

  report(rule: Rule, page: number, message: string): void {
    reportInto(this.faults, page)(rule, message);
  }
}

export function buildTree(table: PageTable, kind: TreeKind, owner: bigint, root: number, height: number): Tree2 {
  const pages: Page2[] = [];
  const leaves: Page2[] = [];
  const name = `the ${kind} tree of table ${owner}`;

  const visit = (id: bigint, parent: number, level: number): TreeNode | undefined => {
    if (!table.has(id)) {
      table.report(level === height ? 'root-range' : 'child-range', parent, `${name} points to page ${id}`);
      return undefined;
    }
    const pageId = Number(id);
    if (!table.claim(pageId, name)) {
      table.report('page-shared', pageId, `is reached by ${name}, and by ${table.ownerOf(pageId)} before`);
      return undefined;
    }
    const page = table.pages.get(pageId)!;
    pages.push(page);
    table.faults.push(...page.faults);
    const due = level === 1 ? TREE_TYPES[kind].leaf : TREE_TYPES[kind].internal;
    if (page.header.type !== due) {
      table.report('page-type', pageId, `type ${page.header.type}, ${name} has type ${due} at level ${level}`);
      return { page, children: [] };
    }
    if (level === 1) leaves.push(page);
    const children = page.content?.kind === 'internal' ? page.content.children : [];
    return { page, children: children.map((child) => visit(child, pageId, level - 1)) };
  };

  const legal = (root === 0) === (height === 0) && height <= HEIGHT_MAX;
  if (!legal) table.report('tree-height', 0, `${name} has root ${root} and height ${height}`);
  return { kind, owner, root: legal && root !== 0 ? visit(BigInt(root), 0, height) : undefined, pages, leaves };
}
