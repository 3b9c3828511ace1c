/** Writes records into the catalogue tree, inside a savepoint of the pager's. */
import { equalBytes, keyRef } from '../bytes/bytes.js';
import type { U64 } from '../bytes/u64.js';
import { findKey } from '../format/items.js';
import { encodeRecordItem, recordKey, recordPlace } from '../format/v2/catalogue-item.js';
import type { EncodedRecord } from '../format/v2/records.js';
import type { Pager } from '../pager/pager.js';
import { Pace, type Steps } from '../steps.js';
import { isEmptyTree, type TreeRoot } from '../tree/root.js';
import { TreeWriter } from '../tree/writer.js';

/** Records written between two steps. */
const RECORDS_PER_STEP = 512;

/**
 * Brings records up to date. One that says what it said stays as it is, one without a body is removed.
 *
 * @param records ascending by kind and id
 * @param at the position that the records are of
 * @throws StoreError damage, `IO_ERROR`, `STORE_TOO_LARGE`
 */
export function* writeRecords(pager: Pager, tree: TreeRoot, records: Iterable<EncodedRecord>, at: U64): Steps<void> {
  const writer = new TreeWriter(pager, tree);
  if (isEmptyTree(tree)) writer.createRoot();
  const pace = new Pace(RECORDS_PER_STEP);
  for (const record of records) {
    writeRecord(writer, record, at);
    if (pace.isDue()) yield;
  }
}

function writeRecord(writer: TreeWriter, record: EncodedRecord, at: U64): void {
  const key = keyRef(recordKey(record.kind, record.id));
  const leaf = writer.seek(key);
  const index = findKey(leaf, key);
  if (record.body.length === 0) {
    if (index > 0) writer.remove(leaf, index);
    return;
  }
  if (index > 0) {
    const { offset, length } = recordPlace(leaf, index);
    if (equalBytes(leaf.bytes.subarray(offset, offset + length), record.body)) return;
  }
  const bytes = encodeRecordItem(record, key, at);
  const item = { view: keyRef(bytes).view, offset: 0, length: bytes.length };
  if (index < 0) writer.insert(leaf, ~index, item);
  else writer.replace(leaf, index, item);
}
