/**
 * Puts operations into the order of their positions; those of one position keep the order in which they came. What
 * does not fit into memory is sorted part by part, and waits in a temporary file.
 */
import { U64 } from '../bytes/u64.js';
import { type KeyedItems, sortByKey } from '../commit-group/key-sort.js';
import type { OperationIterator } from '../commit-group/operation-iterator.js';
import { PartSorter } from '../commit-group/part-sorter.js';
import type { FileSystem } from '../file/files.js';
import { WriteBatch } from '../log/batch.js';
import { newOperation } from '../log/operation.js';
import type { Steps } from '../steps.js';

/** What an operation takes beside its bytes. */
const OPERATION_OVERHEAD = 32;

export class PositionSorter extends PartSorter<Part> {
  constructor(files: FileSystem, partBytes?: number) {
    super(files, () => new Part(), byPosition, partBytes);
  }

  /** Adds a put, or without a value a delete. The value may not be changed afterwards. */
  *add(position: bigint, table: bigint, key: Uint8Array, value: Uint8Array | undefined): Steps<void> {
    this.part.add(U64.from(position), table, key, value);
    yield* this.makeRoom();
  }
}

function byPosition({ at: a }: OperationIterator, { at: b }: OperationIterator): number {
  return a.compare(b);
}

/** Operations in memory. */
class Part implements KeyedItems {
  /** The operations one after the other: what a batch is, but of many positions. */
  readonly #batch = new WriteBatch(1n);
  readonly #offsets: number[] = [];
  readonly #positions: U64[] = [];

  get length(): number {
    return this.#offsets.length;
  }

  get byteLength(): number {
    return this.#batch.byteLength + this.length * OPERATION_OVERHEAD;
  }

  add(position: U64, table: bigint, key: Uint8Array, value: Uint8Array | undefined): void {
    this.#offsets.push(this.#batch.endOffset);
    this.#positions.push(position);
    if (value === undefined) this.#batch.delete(table, key);
    else this.#batch.put(table, key, value);
  }

  wordAt(item: number, depth: number): number {
    const position = this.#positions[item] as U64;
    if (depth === 0) return position.hi;
    return depth === 4 ? position.lo : 0;
  }

  compareKeys(a: number, b: number): number {
    return (this.#positions[a] as U64).compare(this.#positions[b] as U64);
  }

  sorted(): OperationIterator {
    const order = sortByKey(this);
    const [batch, offsets, words] = [this.#batch, this.#offsets, this.#positions];
    let rank = -1;
    const operation = newOperation();
    return {
      operation,
      get at() {
        return words[order[rank] as number] as U64;
      },
      next() {
        if (++rank >= order.length) return false;
        batch.readOperation(offsets[order[rank] as number] as number, operation);
        return true;
      },
    };
  }
}
