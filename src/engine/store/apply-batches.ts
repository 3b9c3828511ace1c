import type { Pager } from '../commit/pager.js';
import { StoreError } from '../errors.js';
import { newOperation, type Operation, PUT, type WriteBatch } from '../format/batch.js';
import type { Steps } from '../steps.js';
import { TreeWriter } from '../tree/writer.js';
import { orderOperations, type TableOperations } from './operations.js';
import type { TableList } from './table-list.js';

/** Operations applied between two steps. */
const OPERATIONS_A_STEP = 1024;

/**
 * Makes the changes of consecutive batches to trees and tables, inside a batch of the pager's. The fact `position` of an
 * error says which of them cannot be applied; taking back what was changed until then is the caller's.
 */
export function* applyBatches(pager: Pager, tables: TableList, batches: readonly WriteBatch[]): Steps<void> {
  for (const group of cutAtPurges(batches)) yield* applyGroup(pager, tables, group);
}

/**
 * Cuts batches into groups of which only the first batch purges: what comes before a purge must be seen to be
 * possible.
 */
function cutAtPurges(batches: readonly WriteBatch[]): WriteBatch[][] {
  const groups: WriteBatch[][] = [[]];
  for (const batch of batches) {
    if (batch.purges) groups.push([]);
    groups.at(-1)?.push(batch);
  }
  return groups;
}

function* applyGroup(pager: Pager, tables: TableList, batches: readonly WriteBatch[]): Steps<void> {
  const changes = yield* orderOperations(batches);
  for (const { id, purged } of changes) if (purged) tables.remove(id);
  if (batches.length > 1 && !tables.haveRoomFor(changes)) {
    // Which batch is one table too many shows in the order of the log only.
    for (const batch of batches) yield* applyGroup(pager, tables, [batch]);
    return;
  }
  for (const operations of changes) yield* applyToTable(pager, tables, operations);
}

function* applyToTable(pager: Pager, tables: TableList, operations: TableOperations): Steps<void> {
  let writer: TreeWriter | undefined;
  const operation = newOperation();
  for (let place = 0; place < operations.length; place++) {
    if (operations.isSuperseded(place)) continue;
    operations.readOperation(place, operation);
    const { position, at } = operations.batchAt(place);
    try {
      writer ??= writerFor(pager, tables, operations.id, operation);
      if (operation.kind === PUT) writer?.put(operation, at);
      else writer?.delete(operation, at);
    } catch (error) {
      throw error instanceof StoreError ? error.with({ position }) : error;
    }
    if (place % OPERATIONS_A_STEP === 0) yield;
  }
}

/** A writer for a table; a put makes the table, a delete in one that is not there has nothing to do. */
function writerFor(pager: Pager, tables: TableList, id: bigint, { kind }: Operation): TreeWriter | undefined {
  const tree = tables.get(id) ?? (kind === PUT ? tables.add(id) : undefined);
  return tree && new TreeWriter(pager, tree);
}
