/** Operations one by one, in the order in which trees take them. */
import { newOperation, type Operation } from '../log/operation.js';
import { U64 } from '../bytes/u64.js';
import type { TableOperations } from './operations.js';

/**
 * Operations in the order in which trees take them: ascending by table, key and position. A source is before the
 * first one when it is new; `operation` and `at` are those it is on, and change with `next`.
 */
export interface OperationIterator {
  readonly operation: Operation;
  /** The position of the operation's batch. */
  readonly at: U64;
  /** Goes to the next operation; false when there is none. @throws StoreError `IO_ERROR` */
  next(): boolean;
}

/** Operations that are in memory. Of several on one key in one batch only the last is given. */
export class MemoryIterator implements OperationIterator {
  readonly operation = newOperation();
  at = new U64(0, 0);
  #table = 0;
  #index = -1;

  /** @param tables sorted, ascending by table id */
  constructor(private readonly tables: readonly TableOperations[]) {}

  next(): boolean {
    for (;;) {
      const operations = this.tables[this.#table];
      if (operations === undefined) return false;
      this.#index++;
      if (this.#index >= operations.length) {
        this.#table++;
        this.#index = -1;
      } else if (!operations.isSuperseded(this.#index)) {
        operations.readOperation(this.#index, this.operation);
        this.at = operations.batchAt(this.#index).at;
        return true;
      }
    }
  }
}
