/**
 * The content hash: SHA-256 of what is visible at a position, whatever the format, the layout and the history.
 *
 *     of a table   its visible rows in key order, each: key length u32 · key · value length u32 · value
 *     of a store   its tables that have visible rows, ascending, each: table id u64 · hash of the table
 */
import { createHash, type Hash } from 'node:crypto';
import type { Steps } from '../steps.js';
import { keysOf, type KeysOptions } from '../table/ranges.js';
import type { Cursor } from '../table/row-cursor.js';
import { ENTRIES_PER_STEP, rowsAt, type StoreView, tablesAt } from './view.js';

export interface HashOptions extends KeysOptions {
  /** As of which position (default: the applied one). */
  readonly at?: bigint | undefined;
  /** Only this table: the hash is then the table's own (default: all). */
  readonly table?: bigint | undefined;
}

/** The hash of a table, 32 bytes, and how many rows it is of. */
export interface TableHash {
  readonly id: bigint;
  readonly rows: number;
  readonly hash: Uint8Array;
}

/** The hash of a store, or of one of its tables, 32 bytes. */
export interface ContentHash {
  readonly at: bigint;
  readonly hash: Uint8Array;
  /** The tables with visible rows, ascending by id. */
  readonly tables: readonly TableHash[];
}

/** Bytes gathered for one call to the hash: a call costs as much as some rows. */
const CHUNK_BYTES = 64 * 1024;
const LENGTH_SIZE = 4;

/** The content hash of a store, or of the part of it that the options name. */
export function* contentHash(view: StoreView, options: HashOptions): Steps<ContentHash> {
  const at = options.at ?? view.applied.position;
  const span = keysOf(options);
  const ids = yield* tablesAt(view, options.table, at);
  const store = createHash('sha256');
  const tables: TableHash[] = [];
  const id64 = Buffer.alloc(8);
  const gathering = new GatheringHash();
  for (const id of ids) {
    const table = yield* tableHash(rowsAt(view, id, at, span), id, gathering);
    if (options.table !== undefined) return { at, hash: table.hash, tables: table.rows === 0 ? [] : [table] };
    if (table.rows === 0) continue;
    tables.push(table);
    id64.writeBigUInt64LE(id);
    store.update(id64).update(table.hash);
  }
  return { at, hash: store.digest(), tables };
}

function* tableHash(cursor: Cursor, id: bigint, hash: GatheringHash): Steps<TableHash> {
  let rows = 0;
  for (let found = cursor.advance(ENTRIES_PER_STEP); found !== false; found = cursor.advance(ENTRIES_PER_STEP)) {
    if (found === true) {
      hash.add(cursor.key());
      hash.add(cursor.value());
      rows++;
    }
    if (found === undefined || rows % ENTRIES_PER_STEP === 0) yield;
  }
  return { id, rows, hash: hash.digest() };
}

/** Hashes byte strings, each after its length, many with one call. */
class GatheringHash {
  #hash: Hash = createHash('sha256');
  readonly #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #used = 0;

  add(bytes: Uint8Array): void {
    if (this.#used + LENGTH_SIZE + bytes.byteLength > CHUNK_BYTES) this.#flush();
    this.#used = this.#chunk.writeUInt32LE(bytes.byteLength, this.#used);
    if (this.#used + bytes.byteLength > CHUNK_BYTES) {
      this.#flush();
      this.#hash.update(bytes);
      return;
    }
    this.#chunk.set(bytes, this.#used);
    this.#used += bytes.byteLength;
  }

  /** The hash of what was added since the one before. */
  digest(): Uint8Array {
    this.#flush();
    const digest = this.#hash.digest();
    this.#hash = createHash('sha256');
    return digest;
  }

  #flush(): void {
    this.#hash.update(this.#chunk.subarray(0, this.#used));
    this.#used = 0;
  }
}
