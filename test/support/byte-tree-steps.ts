/** Steps of a tree of bytes, run against a sorted map that does the same. */
import { expect } from 'chai';
import type { TreeCursor } from '../../src/engine/tree/cursor.js';
import type { TreeWriter } from '../../src/engine/tree/writer.js';
import { ByteTree, itemAt, itemOf } from './byte-tree.js';

/** A change of one key; without `rest`, the bytes of the item after its key, it is removed. */
export interface KeyChange {
  readonly key: string;
  readonly rest?: Buffer | undefined;
}

export type TreeStep =
  | { readonly kind: 'change'; readonly changes: readonly KeyChange[]; readonly keep: boolean }
  | { readonly kind: 'walk'; readonly from: string | undefined; readonly to: string | undefined }
  | { readonly kind: 'next'; readonly reverse: boolean }
  | { readonly kind: 'commit' };

/** Items by their keys; a key is a latin1 string, one character a byte, whose order is that of its bytes. */
type SortedItems = Map<string, Buffer>;

/** A cursor that stays open while the tree changes, and the key that it passed last. */
interface OpenCursor {
  readonly cursor: TreeCursor;
  readonly reverse: boolean;
  passed: string | undefined;
}

const bytesOf = (key: string): Buffer => Buffer.from(key, 'latin1');
const boundOf = (key: string | undefined): Buffer | undefined => (key === undefined ? undefined : bytesOf(key));

/**
 * Runs the steps; throws where the tree does not give what the map does. Returns the height that the tree has at the
 * end.
 */
export function runTreeSteps(steps: readonly TreeStep[], cachePages: number, Writer?: typeof TreeWriter): number {
  const tree = new ByteTree(cachePages, Writer);
  let items: SortedItems = new Map();
  const cursors = [false, true].map((reverse) => openCursor(tree, reverse));
  for (const step of steps) {
    if (step.kind === 'change') items = change(tree, items, step.changes, step.keep);
    else if (step.kind === 'walk') compareWalks(tree, items, step.from, step.to);
    else if (step.kind === 'next') compareNext(cursors[Number(step.reverse)] as OpenCursor, items);
    else tree.commit();
  }
  compareWalks(tree, items, undefined, undefined);
  return tree.root.height;
}

function openCursor(tree: ByteTree, reverse: boolean): OpenCursor {
  return { cursor: tree.cursor({ from: undefined, to: undefined, reverse }), reverse, passed: undefined };
}

function change(tree: ByteTree, items: SortedItems, changes: readonly KeyChange[], keep: boolean): SortedItems {
  const changed = new Map(items);
  tree.savepoint(() => {
    for (const { key, rest } of changes) {
      if (rest === undefined) {
        tree.remove(bytesOf(key));
        changed.delete(key);
      } else {
        const item = itemOf(bytesOf(key), rest);
        tree.put(bytesOf(key), item);
        changed.set(key, item);
      }
    }
  }, keep);
  return keep ? changed : items;
}

/** The items of a range, ascending and descending. */
function compareWalks(tree: ByteTree, items: SortedItems, from: string | undefined, to: string | undefined): void {
  const expected = sorted(items).filter(
    ([key]) => (from === undefined || key >= from) && (to === undefined || key < to),
  );
  for (const reverse of [false, true]) {
    if (reverse) expected.reverse();
    const cursor = tree.cursor({ from: boundOf(from), to: boundOf(to), reverse });
    let passed = 0;
    for (let leaf = cursor.next(); leaf !== undefined; leaf = cursor.next(), passed++) {
      const [key, item] = expected[passed] ?? [];
      expect(cursor.key().toString('latin1')).to.equal(key);
      if (item?.equals(itemAt(leaf, cursor.index)) !== true) expect.fail(`another item for the key ${String(key)}`);
    }
    expect(passed, 'items walked').to.equal(expected.length);
  }
}

/** The neighbour of the key that was passed last, as the tree is now. */
function compareNext(open: OpenCursor, items: SortedItems): void {
  const { cursor, reverse, passed } = open;
  const keys = sorted(items).map(([key]) => key);
  if (reverse) keys.reverse();
  const expected = keys.find((key) => passed === undefined || (reverse ? key < passed : key > passed));
  const found = cursor.next() && cursor.key().toString('latin1');
  expect(found).to.equal(expected);
  open.passed = found ?? passed;
}

function sorted(items: SortedItems): [string, Buffer][] {
  return [...items].sort(([a], [b]) => (a < b ? -1 : 1));
}
