/** Sorts the operations of several batches by table, key and position. */
import type { WriteBatch } from '../log/batch.js';
import { type Operation, PURGE } from '../log/operation.js';
import { byId } from '../format/superblock.js';
import { U64 } from '../bytes/u64.js';
import { Pace, type Steps } from '../steps.js';
import { type KeyedItems, sortByKey } from './key-sort.js';

/** Operations taken in between two steps. */
const OPERATIONS_PER_STEP = 4096;

/**
 * The operations of consecutive batches as the trees take them best: table by table, and there by key and position, so
 * that each leaf is visited once.
 *
 * @param batches only the first may purge tables
 * @returns ascending by table id
 */
export function* orderOperations(batches: readonly WriteBatch[]): Steps<TableOperations[]> {
  const tables = new Map<bigint, TableOperations>();
  let last: TableOperations | undefined;
  const pace = new Pace(OPERATIONS_PER_STEP);
  let room = batches.reduce((sum, { operationCount }) => sum + operationCount, 0);
  for (const [index, batch] of batches.entries()) {
    for (let offset = batch.firstOffset(); offset < batch.endOffset; offset = batch.nextOffset(offset)) {
      if (last === undefined || !batch.isTableAt(offset, last.idWords)) {
        const id = batch.tableAt(offset);
        last = tables.get(id) ?? new TableOperations(id, batches, room);
        tables.set(id, last);
        room = FIRST_ROOM;
      }
      last.add(index, offset);
      if (pace.isDue()) yield;
    }
  }
  for (const table of tables.values()) {
    table.sort();
    yield;
  }
  return [...tables.values()].sort(byId);
}

/**
 * Operations that there is room for at first: most groups have one table, which gets room for all; of those with many
 * each of the others has few.
 */
const FIRST_ROOM = 8;

/** What a group of batches does to one table: its operations, once sorted by key and then in the order of the log. */
export class TableOperations implements KeyedItems {
  /** The table is removed with all it had, before the operations. */
  purged = false;
  readonly idWords: U64;
  /** Of each operation which batch it is in, and where there. */
  #batchIndexes: Uint32Array<ArrayBuffer>;
  #offsets: Uint32Array<ArrayBuffer>;
  #length = 0;
  #ascending = true;
  /** Whether any key may be there more than once. */
  #repeats = false;
  /** The operations in the order of their keys; undefined when they came in that order. */
  #order: Uint32Array | undefined;

  constructor(
    readonly id: bigint,
    private readonly batches: readonly WriteBatch[],
    room: number,
  ) {
    this.idWords = U64.from(id);
    this.#batchIndexes = new Uint32Array(room);
    this.#offsets = new Uint32Array(room);
  }

  /** Whether the operations came in the order of their keys. */
  get isAscending(): boolean {
    return this.#ascending;
  }

  /** How many operations there are, those without effect included. */
  get length(): number {
    return this.#length;
  }

  add(batchIndex: number, offset: number): void {
    if ((this.batches[batchIndex] as WriteBatch).kindAt(offset) === PURGE) {
      this.#length = 0;
      this.#ascending = true;
      this.purged = true;
      return;
    }
    const last = this.#length++;
    if (last === this.#offsets.length) this.#grow();
    this.#batchIndexes[last] = batchIndex;
    this.#offsets[last] = offset;
    if (!this.#ascending || last === 0) return;
    const order = this.compareKeys(last - 1, last);
    this.#ascending = order <= 0;
    this.#repeats ||= order >= 0;
  }

  /**
   * Puts the operations in the order of their keys, those on one key in the order of the log. No more are added then.
   */
  sort(): void {
    if (!this.#ascending) this.#order = sortByKey(this);
  }

  /** The batch of the operation at a rank in the order. */
  batchAt(rank: number): WriteBatch {
    return this.#batchOf(this.#item(rank));
  }

  readOperation(rank: number, into: Operation): Operation {
    const item = this.#item(rank);
    return this.#batchOf(item).readOperation(this.#offsetOf(item), into);
  }

  /** Whether a later operation of the same batch is on the same key: only the last one counts. */
  isSuperseded(rank: number): boolean {
    if (!this.#repeats || rank + 1 === this.length) return false;
    const item = this.#item(rank);
    const next = this.#item(rank + 1);
    return this.#batchOf(item) === this.#batchOf(next) && this.compareKeys(item, next) === 0;
  }

  wordAt(item: number, depth: number): number {
    return this.#batchOf(item).keyWordAt(this.#offsetOf(item), depth);
  }

  compareKeys(a: number, b: number): number {
    return this.#batchOf(a).compareKeys(this.#offsetOf(a), this.#batchOf(b), this.#offsetOf(b));
  }

  #item(rank: number): number {
    return this.#order === undefined ? rank : (this.#order[rank] as number);
  }

  #batchOf(item: number): WriteBatch {
    return this.batches[this.#batchIndexes[item] as number] as WriteBatch;
  }

  #offsetOf(item: number): number {
    return this.#offsets[item] as number;
  }

  #grow(): void {
    this.#batchIndexes = twiceAsLong(this.#batchIndexes);
    this.#offsets = twiceAsLong(this.#offsets);
  }
}

function twiceAsLong(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(2 * numbers.length);
  longer.set(numbers);
  return longer;
}
