/** The catalogue tree, to be read: records by kind and id. */
import { keyRef } from '../bytes/bytes.js';
import type { Frame } from '../cache/frame.js';
import { StoreError } from '../errors.js';
import { findKey } from '../format/items.js';
import { CATALOGUE_TREE } from '../format/page-types.js';
import { findRecordItemFault, recordKey, recordPlace } from '../format/v2/catalogue-item.js';
import type { RecordContext } from '../format/v2/record-check.js';
import type { FreeGroup, StoreRecord, Superblock } from '../format/superblock.js';
import { decodeFreeGroup, type EncodedRecord, FREE_MAP, TABLE } from '../format/v2/records.js';
import type { PageReader } from '../pager/page-reader.js';
import { TreeCursor } from '../tree/cursor.js';
import { spanFacts, withKeys } from '../tree/damaged-keys.js';
import { TreePath } from '../tree/path.js';
import { emptyTree, isEmptyTree, type TreeRoot } from '../tree/root.js';

/** No table has the catalogue's pages. */
const NO_TABLE = 0n;

/** Where the catalogue tree begins; null: there is none yet. */
export function catalogueTree(catalogue: { readonly root: number; readonly height: number } | null): TreeRoot {
  return { ...emptyTree(NO_TABLE, CATALOGUE_TREE), ...catalogue };
}

/** A copy of a record; undefined when there is none. @throws StoreError damage, `IO_ERROR` */
export function findRecord(
  pages: PageReader,
  tree: TreeRoot,
  kind: number,
  id: bigint,
  context: RecordContext,
): EncodedRecord | undefined {
  if (isEmptyTree(tree)) return undefined;
  const key = keyRef(recordKey(kind, id));
  try {
    const leaf = new TreePath(pages, tree).seek(key);
    const index = findKey(leaf, key);
    return index < 0 ? undefined : copyRecord(leaf, index, context);
  } catch (error) {
    throw kind === TABLE ? withKeys(error, () => ({ table: id, ...spanFacts({ from: null, to: null }) })) : error;
  }
}

/**
 * All records of a kind, ascending by id, one by one, as they are when they are asked for.
 *
 * @param tree gives the tree as it is now
 * @throws StoreError damage, `IO_ERROR`
 */
export function* recordsOfKind(
  pages: PageReader,
  tree: () => TreeRoot,
  kind: number,
  context: () => RecordContext,
): Generator<EncodedRecord, undefined> {
  const range = { from: recordKey(kind, 0n), to: recordKey(kind + 1, 0n), reverse: false };
  const cursor = new TreeCursor(pages, tree, range);
  for (;;) {
    const record = pages.retryOnChange(() => {
      const leaf = cursor.next();
      return leaf && copyRecord(leaf, cursor.index, context());
    });
    if (record === undefined) return;
    yield record;
  }
}

/** The free map of a store, wherever its records are. @throws StoreError damage, `IO_ERROR` */
export function freeGroupsOf(pages: PageReader, superblock: Superblock): readonly FreeGroup[] {
  const { catalogue, freeGroups } = superblock.record as StoreRecord;
  if (catalogue === null) return freeGroups;
  const tree = catalogueTree(catalogue);
  const records = recordsOfKind(
    pages,
    () => tree,
    FREE_MAP,
    () => superblock,
  );
  return Array.from(records, ({ id, body }) => decodeFreeGroup(id, body));
}

function copyRecord(leaf: Frame, index: number, context: RecordContext): EncodedRecord {
  const fault = findRecordItemFault(leaf, index, context);
  if (fault !== undefined) {
    const { code, offset, expected, found } = fault;
    const message = `a record in page ${leaf.pageId} is damaged: ${code} at byte ${offset}: expected ${expected}, found ${found}`;
    const facts = { page: leaf.pageId, fault: code, offset, expected, found };
    throw new StoreError('TREE_CORRUPTED', message, facts);
  }
  const { kind, id, offset, length } = recordPlace(leaf, index);
  return { kind, id, body: Buffer.from(leaf.bytes.subarray(offset, offset + length)) };
}
