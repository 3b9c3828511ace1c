import { type Operation, PURGE, type WriteBatch } from '../format/batch.js';
import { byId } from '../format/superblock.js';

/** An operation and the batch that it belongs to. */
export interface PlacedOperation {
  readonly batch: WriteBatch;
  readonly operation: Operation;
}

/**
 * The operations of consecutive batches as the trees take them best: table by table, and there by key and position,
 * so that each leaf is visited once.
 *
 * @param batches only the first may purge tables
 * @returns ascending by table id
 */
export function orderOperations(batches: readonly WriteBatch[]): TableOperations[] {
  const tables = new Map<bigint, TableOperations>();
  let last: TableOperations | undefined;
  for (const batch of batches) {
    for (let offset = batch.firstOffset(); offset < batch.byteLength; offset = batch.nextOffset(offset)) {
      const id = batch.tableAt(offset);
      if (last?.id !== id) {
        last = tables.get(id) ?? new TableOperations(id);
        tables.set(id, last);
      }
      last.add(batch, offset);
    }
  }
  return [...tables.values()].sort(byId);
}

/** What a group of batches does to one table. */
export class TableOperations {
  /** The table goes with all it had, before the operations. */
  purged = false;
  /** Of every operation, in the order of the log: its batch, where it stands there, and how its key begins. */
  #batches: WriteBatch[] = [];
  #offsets: number[] = [];
  #prefixes: number[] = [];
  #ascending = true;

  constructor(readonly id: bigint) {}

  add(batch: WriteBatch, offset: number): void {
    if (batch.kindAt(offset) === PURGE) {
      this.#clear();
      this.purged = true;
      return;
    }
    this.#batches.push(batch);
    this.#offsets.push(offset);
    this.#prefixes.push(batch.keyPrefixAt(offset));
    const index = this.#offsets.length - 1;
    if (this.#ascending && index > 0) this.#ascending = this.#compareKeys(index - 1, index) <= 0;
  }

  /**
   * By key, then by position; of several operations on one key in one batch the last, which is the one that counts.
   */
  *inOrder(): IterableIterator<PlacedOperation> {
    const order = this.#order();
    for (let index = 0; index < order.length; index++) {
      const current = order[index] as number;
      const next = order[index + 1];
      const batch = this.#batches[current] as WriteBatch;
      if (next !== undefined && this.#batches[next] === batch && this.#compareKeys(current, next) === 0) continue;
      yield { batch, operation: batch.operationAt(this.#offsets[current] as number) };
    }
  }

  #clear(): void {
    this.#batches = [];
    this.#offsets = [];
    this.#prefixes = [];
    this.#ascending = true;
  }

  #order(): Uint32Array {
    const order = Uint32Array.from(this.#offsets.keys());
    return this.#ascending ? order : order.sort((a, b) => this.#compareKeys(a, b) || a - b);
  }

  #compareKeys(a: number, b: number): number {
    const difference = (this.#prefixes[a] as number) - (this.#prefixes[b] as number);
    if (difference !== 0) return difference;
    return (this.#batches[a] as WriteBatch).compareKeys(
      this.#offsets[a] as number,
      this.#batches[b] as WriteBatch,
      this.#offsets[b] as number,
    );
  }
}
