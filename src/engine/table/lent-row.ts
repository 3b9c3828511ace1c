/** A row that is lent instead of copied. */
import type { Frame } from '../cache/frame.js';
import { keyLength, keyStart } from '../format/items.js';
import { copyBytes } from '../bytes/bytes.js';
import { readU64, U64, writeU64 } from '../bytes/u64.js';
import type { Lifetime } from './versions.js';

/** What an entry of a leaf has for a walk that copies nothing. */
export const IN_PLACE = 1;
/** No row: its key is deleted. */
export const NO_ROW = 0;
/** Not told by the newest version in the leaf alone: it has to be looked for. */
export const ELSEWHERE = -1;
export type Placed = typeof IN_PLACE | typeof NO_ROW | typeof ELSEWHERE;
/** In an extent. */
export const IN_EXTENT = 2;

/** Where bytes of a row are: a page, or a copy. */
export interface RowSource {
  readonly bytes: Buffer;
  readonly view: DataView;
}

const WORD = 2 ** 32;
/** Below this the high word of a u64 leaves it below 2^53. */
const EXACT_HIGH = 2 ** 21;

const EMPTY = sourceOf(Buffer.alloc(0));

/**
 * Where the bytes of a row are: mostly in a page, which belongs to the store. It is good only during the call that it
 * is lent for, and must not be changed. One object serves for all rows of a walk: an object a row, with copies of key
 * and value, takes twice as long as all the rest of a scan.
 */
export class LentRow {
  key: RowSource = EMPTY;
  keyStart = 0;
  keyLength = 0;
  value: RowSource = EMPTY;
  valueStart = 0;
  valueLength = 0;
  /** Where the position at which it begins is in the page, for a row that is current; -1 when `#lifetime` has it. */
  #createdAt = -1;
  #lifetime: Lifetime = { createdAt: 0n, deletedAt: null };
  #page: Frame | undefined;
  /** The memory of the last value that was held. */
  #held = EMPTY;

  /** The positions between which the row is visible. */
  lifetime(): Lifetime {
    if (this.#createdAt < 0) return this.#lifetime;
    return { createdAt: readU64((this.#page as Frame).view, this.#createdAt), deletedAt: null };
  }

  /**
   * Where a row that is current begins, as a number; -1 where it is not, or where a number cannot tell. A `bigint` a
   * row, made and shown, takes a tenth of a scan as JSON.
   */
  get since(): number {
    if (this.#createdAt < 0) return -1;
    const { view } = this.#page as Frame;
    const high = view.getUint32(this.#createdAt + 4, true);
    return high < EXACT_HIGH ? high * WORD + view.getUint32(this.#createdAt, true) : -1;
  }

  /** @internal Copies the position at which the row begins, as a u64. */
  copyCreatedAt(into: DataView, offset: number): void {
    if (this.#createdAt < 0) writeU64(into, offset, U64.from(this.#lifetime.createdAt));
    else copyBytes((this.#page as Frame).view, this.#createdAt, into, offset, 8);
  }

  /** @internal Points to the current version of an entry. */
  place(leaf: Frame, index: number, createdAt: number, valueStart: number, valueLength: number): void {
    this.key = leaf;
    this.keyStart = keyStart(leaf, index);
    this.keyLength = keyLength(leaf, index);
    this.value = leaf;
    this.valueStart = valueStart;
    this.valueLength = valueLength;
    this.#page = leaf;
    this.#createdAt = createdAt;
  }

  /** @internal Takes copies. A value is mostly in the same memory as the one before it. */
  hold(key: Buffer, value: Uint8Array, lifetime: Lifetime): void {
    this.key = sourceOf(key);
    this.keyStart = 0;
    this.keyLength = key.length;
    const { buffer, byteOffset, length } = value;
    if (this.#held.view.buffer !== buffer) this.#held = sourceOf(Buffer.from(buffer));
    this.value = this.#held;
    this.valueStart = byteOffset;
    this.valueLength = length;
    this.#createdAt = -1;
    this.#lifetime = lifetime;
  }
}

function sourceOf(bytes: Buffer): RowSource {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}
