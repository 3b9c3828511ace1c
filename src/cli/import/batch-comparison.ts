/**
 * Compares batches with what a store has at their positions: where the hash of the log says nothing, because the file
 * does not begin at position 1 or the store does not know it.
 */
import {
  type BTreeStore,
  isHashKnown,
  StoreError,
  type Steps,
  type WriteBatch,
  type WriteOp,
} from '../../engine/index.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';

export class BatchComparison {
  readonly #until: bigint;

  private constructor(private readonly store: BTreeStore) {
    this.#until = store.appliedPosition;
  }

  /** Undefined where the hash of the log says whether the file is the one that the store was made of. */
  static where(store: BTreeStore, start: bigint): BatchComparison | undefined {
    const { appliedHash, appliedPosition } = store;
    return start === 0n && isHashKnown(appliedHash, appliedPosition) ? undefined : new BatchComparison(store);
  }

  /** @throws CliError `IMPORT_DIFFERS` */
  *check(batch: WriteBatch, line: number): Steps<void> {
    const { position } = batch;
    if (position > this.#until) return;
    for (const operation of lastOfEachKey(batch).values()) {
      if (!this.#holds(operation, position)) throw differs(line, position);
      yield;
    }
  }

  #holds(operation: WriteOp, position: bigint): boolean {
    if (operation.kind === 'purge') return true;
    const { table, key } = operation;
    try {
      const value = this.store.getAt(table, key, position);
      if (operation.kind === 'delete' || value === undefined)
        return (operation.kind === 'delete') === (value === undefined);
      return Buffer.compare(value, operation.value) === 0;
    } catch (error) {
      // What the store has forgotten can no longer differ.
      if (error instanceof StoreError && error.code === 'POSITION_FORGOTTEN') return true;
      throw error;
    }
  }
}

/** Of several operations on a key in a batch the last one counts; a purge makes those before it not count. */
function lastOfEachKey(batch: WriteBatch): Map<string, WriteOp> {
  const last = new Map<string, WriteOp>();
  for (const operation of batch.operations()) {
    if (operation.kind === 'purge') {
      for (const [name, { table }] of last) if (table === operation.table) last.delete(name);
    } else last.set(`${operation.table}:${Buffer.from(operation.key).toString('latin1')}`, operation);
  }
  return last;
}

/** That a batch of the file is not the one that the store has at its position. */
export function differs(line: number, position: bigint): CliError {
  const sentence = `up to line ${line} the file is not what the store has at position ${position}`;
  return new CliError('IMPORT_DIFFERS', EXIT.refused, sentence, {
    facts: { line, position },
    hint: 'import with the file and the flags of the first time, or behind what the store has with --start',
  });
}
