import { type Operation, PURGE, type WriteBatch } from '../format/batch.js';
import { byId } from '../format/superblock.js';
import type { Steps } from '../steps.js';
import { type Pairs, sortPairs } from './pair-sort.js';

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
  for (const [index, batch] of batches.entries()) {
    for (let offset = batch.firstOffset(); offset < batch.byteLength; offset = batch.nextOffset(offset)) {
      const id = batch.tableAt(offset);
      if (last?.id !== id) {
        last = tables.get(id) ?? new TableOperations(id, batches);
        tables.set(id, last);
      }
      last.add(index, offset);
      if (++taken % OPERATIONS_A_STEP === 0) yield;
    }
  }
  for (const table of tables.values()) yield* table.sort();
  return [...tables.values()].sort(byId);
}

/** Where an operation stands, as one number: which batch of the group, and the offset there. */
const OFFSETS = 2 ** 32;

/** What a group of batches does to one table: its operations, once sorted by key and then in the order of the log. */
export class TableOperations {
  /** The table goes with all it had, before the operations. */
  purged = false;
  #prefixes: number[] = [];
  #locations: number[] = [];
  #ascending = true;
  #sorted: Pairs = { keys: new Float64Array(), companions: new Float64Array() };

  constructor(
    readonly id: bigint,
    private readonly batches: readonly WriteBatch[],
  ) {}

  /** How many operations there are, those without effect included. */
  get length(): number {
    return this.#sorted.keys.length;
  }

  add(batchIndex: number, offset: number): void {
    const batch = this.batches[batchIndex] as WriteBatch;
    if (batch.kindAt(offset) === PURGE) {
      this.#clear();
      this.purged = true;
      return;
    }
    const prefix = batch.keyPrefixAt(offset);
    const location = batchIndex * OFFSETS + offset;
    const previous = this.#prefixes.length - 1;
    if (previous >= 0 && this.#ascending) {
      const before = this.#prefixes[previous] as number;
      this.#ascending =
        before < prefix || (before === prefix && this.#compareKeys(this.#locations[previous] as number, location) <= 0);
    }
    this.#prefixes.push(prefix);
    this.#locations.push(location);
  }

  /** Puts the operations in the order of their keys, those on one key in the order of the log. No more are added then. */
  *sort(): Steps<void> {
    const pairs = { keys: new Float64Array(this.#prefixes), companions: new Float64Array(this.#locations) };
    const ascending = this.#ascending;
    this.#clear();
    this.#sorted = ascending ? pairs : yield* sortPairs(pairs, (a, b) => this.#compareKeys(a, b));
  }

  /** The batch of the operation at a place in the order. */
  batchAt(place: number): WriteBatch {
    return this.#batchOf(this.#sorted.companions[place] as number);
  }

  readOperation(place: number, into: Operation): Operation {
    const location = this.#sorted.companions[place] as number;
    return this.#batchOf(location).readOperation(location % OFFSETS, into);
  }

  /** Whether a later operation of the same batch is on the same key: only the last one counts. */
  isSuperseded(place: number): boolean {
    const { keys, companions } = this.#sorted;
    const next = place + 1;
    if (next === keys.length || keys[place] !== keys[next]) return false;
    const current = companions[place] as number;
    const following = companions[next] as number;
    return this.#batchOf(current) === this.#batchOf(following) && this.#compareKeys(current, following) === 0;
  }

  #batchOf(location: number): WriteBatch {
    return this.batches[Math.floor(location / OFFSETS)] as WriteBatch;
  }

  #clear(): void {
    this.#prefixes = [];
    this.#locations = [];
    this.#ascending = true;
  }

  #compareKeys(a: number, b: number): number {
    return this.#batchOf(a).compareKeys(a % OFFSETS, this.#batchOf(b), b % OFFSETS);
  }
}
