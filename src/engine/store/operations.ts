import { type Operation, PURGE, type WriteBatch } from '../format/batch.js';
import { byId } from '../format/superblock.js';
import type { Steps } from '../steps.js';
import { mergeSort } from './merge-sort.js';

/** Operations taken in between two steps. */
const OPERATIONS_A_STEP = 4096;

/**
 * The operations of consecutive batches as the trees take them best: table by table, and there by key and position, so that each
 * leaf is visited once.
 *
 * @param batches only the first may purge tables
 * @returns ascending by table id
 */
export function* orderOperations(batches: readonly WriteBatch[]): Steps<TableOperations[]> {
  const tables = new Map<bigint, TableOperations>();
  let last: TableOperations | undefined;
  let taken = 0;
  for (const batch of batches) {
    for (let offset = batch.firstOffset(); offset < batch.byteLength; offset = batch.nextOffset(offset)) {
      const id = batch.tableAt(offset);
      if (last?.id !== id) {
        last = tables.get(id) ?? new TableOperations(id);
        tables.set(id, last);
      }
      last.add(batch, offset);
      if (++taken % OPERATIONS_A_STEP === 0) yield;
    }
  }
  for (const table of tables.values()) yield* table.sort();
  return [...tables.values()].sort(byId);
}

/** What a group of batches does to one table: the operations in the order of the log first, sorted by key and position later. */
export class TableOperations {
  /** The table goes with all it had, before the operations. */
  purged = false;
  /** Of every operation, in the order of the log: its batch, where it stands there, and how its key begins. */
  #batches: WriteBatch[] = [];
  #offsets: number[] = [];
  #prefixes: number[] = [];
  #ascending = true;
  #order: Uint32Array | undefined;

  constructor(readonly id: bigint) {}

  /** How many operations there are, those without effect included. */
  get length(): number {
    return this.#offsets.length;
  }

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

  /** Puts the operations in the order of their keys, those on one key in the order of the log. */
  *sort(): Steps<void> {
    if (this.#ascending) return;
    this.#order = yield* mergeSort(this.length, (a, b) => this.#compareKeys(a, b));
  }

  /** The batch of the operation at a place in the order. */
  batchAt(place: number): WriteBatch {
    return this.#batches[this.#at(place)] as WriteBatch;
  }

  operationAt(place: number): Operation {
    return this.batchAt(place).operationAt(this.#offsets[this.#at(place)] as number);
  }

  /** Whether a later operation of the same batch is on the same key: only the last one counts. */
  isSuperseded(place: number): boolean {
    if (place + 1 === this.length) return false;
    const current = this.#at(place);
    const next = this.#at(place + 1);
    return this.#compareKeys(current, next) === 0 && this.#batches[current] === this.#batches[next];
  }

  #at(place: number): number {
    return this.#order === undefined ? place : (this.#order[place] as number);
  }

  #clear(): void {
    this.#batches = [];
    this.#offsets = [];
    this.#prefixes = [];
    this.#ascending = true;
  }

  #compareKeys(a: number, b: number): number {
    const difference = (this.#prefixes[a] as number) - (this.#prefixes[b] as number);
    if (difference !== 0) return difference;
    const batch = this.#batches[a] as WriteBatch;
    return batch.compareKeys(this.#offsets[a] as number, this.#batches[b] as WriteBatch, this.#offsets[b] as number);
  }
}
