/** Order, bounds, chain and identity of the pages of a tree of any kind. */
import { type Event2, type Run2 } from './events.js';
import { compareHistoryKeys } from './layout.js';
import type { Page2 } from './page.js';
import type { Report } from './rules.js';
import type { Superblock2 } from './superblock.js';
import type { Tree2, TreeNode } from './tree.js';
import { U64_MAX } from '../bytes.js';

/** Half-open: a key must be ≥ `from` and < `to`. */
interface Bounds {
  readonly from: Buffer | undefined;
  readonly to: Buffer | undefined;
}

export type ReportOn = (page: number) => Report;

export function checkTree(tree: Tree2, superblock: Superblock2, report: ReportOn): void {
  const compare = tree.kind === 'history' ? compareHistoryKeys : (left: Buffer, right: Buffer) => left.compare(right);
  if (tree.root !== undefined) new OrderCheck(compare, report).visit(tree.root, { from: undefined, to: undefined });
  checkChain(tree, report);
  for (const page of tree.pages) {
    checkOwner(page, tree.owner, superblock, report(page.id));
    checkStamp(page, superblock.appliedPosition, report(page.id));
  }
}

class OrderCheck {
  constructor(
    private readonly compare: (left: Buffer, right: Buffer) => number,
    private readonly report: ReportOn,
  ) {}

  visit({ page, children }: TreeNode, bounds: Bounds): void {
    const { content } = page;
    if (content === undefined || content.kind === 'value') return;
    if (content.kind !== 'internal') {
      this.checkKeys(
        page,
        content.items.map(({ itemKey }) => itemKey),
        bounds,
      );
      return;
    }
    const { separators } = content;
    if (separators.length === 0) this.report(page.id)('single-child', 'an internal page with a single child');
    this.checkKeys(page, separators, bounds);
    const [first] = separators;
    if (first !== undefined && bounds.from !== undefined && this.compare(first, bounds.from) === 0) {
      this.report(page.id)('key-bounds', 'item 1 is not above the separator');
    }
    for (const [index, child] of children.entries()) {
      const from = index === 0 ? bounds.from : separators[index - 1];
      if (child !== undefined) this.visit(child, { from, to: separators[index] ?? bounds.to });
    }
  }

  private checkKeys(page: Page2, keys: readonly Buffer[], { from, to }: Bounds): void {
    const report = this.report(page.id);
    for (const [index, key] of keys.entries()) {
      const before = keys[index - 1];
      const item = `item ${index + 1}`;
      if (before !== undefined && this.compare(before, key) >= 0) report('key-order', `${item} is not above ${index}`);
      if (from !== undefined && this.compare(key, from) < 0) report('key-bounds', `${item} is below the separator`);
      if (to !== undefined && this.compare(key, to) >= 0)
        report('key-bounds', `${item} is not below the next separator`);
    }
  }
}

function checkChain({ leaves }: Tree2, report: ReportOn): void {
  for (const [index, page] of leaves.entries()) {
    const { content } = page;
    if (content?.kind !== 'leaf' && content?.kind !== 'history-leaf') continue;
    const right = leaves[index + 1];
    const expected = right === undefined ? U64_MAX : BigInt(right.id);
    if (content.next !== expected) report(page.id)('next-leaf', `${content.next}, the tree says ${expected}`);
  }
}

export function checkOwner({ header }: Page2, owner: bigint, { storeId }: Superblock2, report: Report): void {
  if (!header.storeTag.equals(storeId.subarray(0, 2))) {
    report('page-store', `store tag ${header.storeTag.toString('hex')}, the store has ${storeId.toString('hex')}`);
  }
  if (header.tableId !== owner) report('page-owner', `table ${header.tableId}, reached from ${owner}`);
}

/** No position on a page, of an event or a marker, is above the page's stamp, and that not above the applied one. */
function checkStamp({ header, content }: Page2, applied: bigint, report: Report): void {
  if (header.stamp < 1n || header.stamp > applied) report('page-stamp', `${header.stamp}, applied ${applied}`);
  if (content?.kind !== 'leaf' && content?.kind !== 'history-leaf') return;
  for (const [index, item] of content.items.entries()) {
    for (const position of positionsOf(item)) {
      const found = `position ${position} in item ${index + 1}`;
      if (position > header.stamp) report('page-stamp', `${found}, stamp ${header.stamp}`);
      if (position < 1n || position > applied) report('event-position', `${found}, applied ${applied}`);
    }
  }
}

const positionsOf = (item: { readonly events: readonly Event2[] } & Partial<Pick<Run2, 'marker'>>): bigint[] => [
  ...(item.marker === undefined ? [] : [item.marker]),
  ...item.events.map(({ position }) => position),
];
