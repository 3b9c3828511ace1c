/**
 * The bytes of the content hash, which docs/FORMAT.md defines:
 *
 *     of a table   its visible rows in key order, each: key length u32 · key · value length u32 · value
 *     of a store   its tables that have visible rows, ascending, each: table id u64 · hash of the table
 */
import { createHash } from 'node:crypto';
import type { KeyRef } from '../bytes/bytes.js';
import { GatheredBytes } from '../bytes/gathered-bytes.js';

/** The hash of a table, 32 bytes, and how many rows it is of. */
export interface TableHash {
  readonly id: bigint;
  readonly rows: number;
  readonly hash: Uint8Array;
}

/** Takes the rows of one table after the other. */
export class ContentHasher {
  readonly #store = createHash('sha256');
  #table = createHash('sha256');
  #count = 0;
  readonly #rows = new GatheredBytes((bytes) => this.#table.update(bytes));

  /** Adds a row of the table, which is after all that it has so far. */
  addRow(key: KeyRef, valueView: DataView, valueStart: number, valueLength: number): void {
    this.#rows.number(key.keyLength);
    this.#rows.bytes(key.view, key.keyStart, key.keyLength);
    this.#rows.number(valueLength);
    this.#rows.bytes(valueView, valueStart, valueLength);
    this.#count++;
  }

  /** Ends a table, also one without rows, which does not count for the store. */
  endTable(id: bigint): TableHash {
    this.#rows.flush();
    const [rows, hash] = [this.#count, this.#table.digest()];
    if (rows > 0) {
      const id64 = Buffer.alloc(8);
      id64.writeBigUInt64LE(id);
      this.#store.update(id64).update(hash);
    }
    this.#table = createHash('sha256');
    this.#count = 0;
    return { id, rows, hash };
  }

  /** The hash of the store. Nothing is added any more. */
  digest(): Buffer {
    return this.#store.digest();
  }
}
