/** Applies a commit group to the trees of its tables. */
import type { Pager } from '../pager/pager.js';
import { StoreError } from '../errors.js';
import { type Operation, PUT } from '../log/batch.js';
import { compareU64At, readU64, U64 } from '../bytes/u64.js';
import type { CommitGroup } from '../commit-group/commit-group.js';
import type { OperationIterator } from '../commit-group/operation-iterator.js';
import type { Steps } from '../steps.js';
import type { WritableCatalogue } from '../catalogue/catalogue.js';
import { tooManyTables } from '../catalogue/superblock-catalogue.js';
import { tableFormatOf, type TableWriter } from '../table/table-format.js';

/** Operations applied between two steps. */
const OPERATIONS_PER_STEP = 1024;

/**
 * Makes the changes of a group's batches below a position to trees and tables, inside a batch of the pager's. The fact
 * `position` of an error says which of them cannot be applied; taking back what was changed until then is the caller's.
 */
export function* applyGroup(pager: Pager, tables: WritableCatalogue, group: CommitGroup, before: U64): Steps<void> {
  const source = yield* group.operations();
  for (const id of group.purgedTables) yield* purge(pager, tables, id, group.firstPosition);
  try {
    yield* applyOperations(pager, tables, source, before);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'TOO_MANY_TABLES') throw error;
    tables.rollBack();
    throw yield* firstTableTooMany(pager, tables, group, before);
  }
}

/** Removes all that a table has. Damage in it ends this before any page is given up. */
function* purge(pager: Pager, tables: WritableCatalogue, id: bigint, at: bigint): Steps<void> {
  const table = tables.get(id);
  if (table === undefined) return;
  const pageIds = yield* tableFormatOf(pager.format).reusablePages(pager, table);
  pager.free(pageIds);
  tables.purge(id, at);
}

function* applyOperations(
  pager: Pager,
  tables: WritableCatalogue,
  source: OperationIterator,
  before: U64,
): Steps<void> {
  let table: U64 | undefined;
  let writer: TableWriter | undefined;
  for (let taken = 1; source.next(); taken++) {
    if (taken % OPERATIONS_PER_STEP === 0) yield;
    const { operation, at } = source;
    if (at.compare(before) >= 0) continue;
    try {
      if (table === undefined || compareU64At(operation.view, operation.tableOffset, table) !== 0) {
        table = U64.from(tableOf(operation));
        writer = undefined;
      }
      writer ??= writerFor(pager, tables, operation);
      if (operation.kind === PUT) writer?.put(operation, at);
      else writer?.delete(operation, at);
    } catch (error) {
      throw error instanceof StoreError ? error.with({ position: at.toBigInt() }) : error;
    }
  }
}

/** A writer for a table; a put makes the table, a delete in one that is not there has nothing to do. */
function writerFor(pager: Pager, tables: WritableCatalogue, operation: Operation): TableWriter | undefined {
  const id = tableOf(operation);
  const table = tables.touch(id) ?? (operation.kind === PUT ? tables.add(id) : undefined);
  return table && tableFormatOf(pager.format).writer(pager, table);
}

function tableOf(operation: Operation): bigint {
  return readU64(operation.view, operation.tableOffset);
}

/**
 * Operations come table by table: which batch is the first with a table too many shows when all that make one are put
 * in the log's order.
 */
function* firstTableTooMany(
  { format: { tablesMax } }: Pager,
  tables: WritableCatalogue,
  group: CommitGroup,
  before: U64,
): Steps<StoreError> {
  const source = yield* group.operations();
  for (const id of group.purgedTables) tables.purge(id, group.firstPosition);
  const made = new Map<bigint, U64>();
  for (let taken = 1; source.next(); taken++) {
    if (taken % OPERATIONS_PER_STEP === 0) yield;
    const { operation, at } = source;
    const id = tableOf(operation);
    if (operation.kind !== PUT || tables.has(id) || at.compare(before) >= 0) continue;
    const first = made.get(id);
    if (first === undefined || at.compare(first) < 0) made.set(id, at);
  }
  const inOrder = [...made].sort(([, a], [, b]) => a.compare(b));
  const [id, position] = inOrder[tablesMax - tables.size]!;
  return tooManyTables(id, tablesMax).with({ position: position.toBigInt() });
}
