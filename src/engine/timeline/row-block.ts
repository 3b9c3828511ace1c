/**
 * Rows of a table in key order, copied one after the other, so that those that two stores have in common are found by
 * comparing many at once. Each is
 *
 *     key length u32 · value length u32 · key · value
 */
import { compareBytes, copyBytes } from '../bytes/bytes.js';
import { readU64 } from '../bytes/u64.js';
import { MAX_KEY_LENGTH, PAGE_SIZE } from '../format/layout.js';
import type { LentRow } from '../table/lent-row.js';
import type { RowState } from './diff.js';

const BLOCK_BYTES = 64 * 1024;
const ROWS_MAX = 4096;
const HEADER_SIZE = 8;
/** A longer value is not copied: it is in no page that can be evicted, and no other row comes after it. */
const VALUE_MAX = PAGE_SIZE;

export class RowBlock {
  readonly #bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES + HEADER_SIZE + MAX_KEY_LENGTH + VALUE_MAX);
  readonly #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
  /** The positions at which the rows begin. */
  readonly #since = new DataView(new ArrayBuffer(8 * ROWS_MAX));
  #count = 0;
  #end = 0;
  /** The value of the last row, where it is a long one. */
  #long: Uint8Array | undefined;
  /** The row that the block is on. */
  #row = 0;
  #start = 0;

  /** Whether the block is past its last row. */
  get isEmpty(): boolean {
    return this.#row === this.#count;
  }

  get isFull(): boolean {
    return this.#end >= BLOCK_BYTES || this.#count === ROWS_MAX || this.#long !== undefined;
  }

  clear(): void {
    this.#count = 0;
    this.#end = 0;
    this.#long = undefined;
    this.#row = 0;
    this.#start = 0;
  }

  /** Takes a copy of a row that comes after all others; says whether there is room for one more. */
  readonly take = (row: LentRow): boolean => {
    const { key, keyStart, keyLength, value, valueStart, valueLength } = row;
    const start = this.#end + HEADER_SIZE;
    this.#view.setUint32(this.#end, keyLength, true);
    this.#view.setUint32(this.#end + 4, valueLength, true);
    copyBytes(key.view, keyStart, this.#view, start, keyLength);
    // Not a copy: the cursor that lends it has memory of its own for long values, and goes on with the next block only.
    if (valueLength > VALUE_MAX) this.#long = value.bytes.subarray(valueStart, valueStart + valueLength);
    else copyBytes(value.view, valueStart, this.#view, start + keyLength, valueLength);
    row.copyCreatedAt(this.#since, 8 * this.#count);
    this.#end = start + keyLength + (this.#long === undefined ? valueLength : 0);
    this.#count++;
    return !this.isFull;
  };

  /** Goes on to the next row. */
  next(): void {
    const valueLength = this.#long !== undefined && this.#row === this.#count - 1 ? 0 : this.#valueLength;
    this.#start += HEADER_SIZE + this.#keyLength + valueLength;
    this.#row++;
  }

  /**
   * Passes over rows that this block and another one have in common, in both; says whether there were any.
   *
   * Of two blocks whose bytes are equal from here on, up to the end of one of them, the rows are.
   */
  passEqual(other: RowBlock): boolean {
    // A long value is not among the bytes.
    if (this.#long !== undefined || other.#long !== undefined) return false;
    const [from, otherFrom] = [this.#start, other.#start];
    const length = Math.min(this.#end - from, other.#end - otherFrom);
    if (this.#bytes.compare(other.#bytes, otherFrom, otherFrom + length, from, from + length) !== 0) return false;
    for (const end = from + length; this.#start < end;) {
      this.next();
      other.next();
    }
    return length > 0;
  }

  /** Compares the keys of the rows that two blocks are on. */
  compareKey(other: RowBlock): number {
    const [start, otherStart] = [this.#start + HEADER_SIZE, other.#start + HEADER_SIZE];
    return compareBytes(this.#view, start, this.#keyLength, other.#view, otherStart, other.#keyLength);
  }

  /** A copy of the key of the row. */
  key(): Uint8Array {
    const start = this.#start + HEADER_SIZE;
    return Uint8Array.from(this.#bytes.subarray(start, start + this.#keyLength));
  }

  /** A copy of what the key holds. */
  state(): RowState {
    return { value: Uint8Array.from(this.value()), createdAt: readU64(this.#since, 8 * this.#row) };
  }

  /** The value of the row, which stays until the block is filled again. */
  value(): Uint8Array {
    if (this.#long !== undefined && this.#row === this.#count - 1) return this.#long;
    const start = this.#start + HEADER_SIZE + this.#keyLength;
    return this.#bytes.subarray(start, start + this.#valueLength);
  }

  get #keyLength(): number {
    return this.#view.getUint32(this.#start, true);
  }

  get #valueLength(): number {
    return this.#view.getUint32(this.#start + 4, true);
  }
}
