/**
 * A batch in the one encoding that it is hashed, held and applied in (the applied hash chain, docs/FORMAT.md):
 *
 *     hash of the log before it, 32 bytes · position u64 · operation count u32 · operations
 *     operation    kind u8 (1 put, 2 delete, 3 purge) · table u64 · key length u32 · key
 *                  and for a put: value length u32 · value
 *
 * One buffer for all operations means no object per operation, one call to hash it, and keys that are compared in
 * place. Long values are not in it (`BorrowedValues`): where theirs would begin, the next operation does.
 */
import { isUint8Array } from 'node:util/types';
import { StoreError } from '../errors.js';
import { requireBigint } from '../bytes/arguments.js';
import { compareBytes, copyBytes, toHex } from '../bytes/bytes.js';
import { HASH_SIZE, MAX_KEY_LENGTH } from '../format/layout.js';
import { compareU64At, MAX_U64, readU64, U64, writeU64 } from '../bytes/u64.js';
import { BORROWED_MIN, BorrowedValues } from './borrowed-values.js';
import { DELETE, newOperation, type Operation, OPERATION_HEADER, PURGE, PUT, readOperation } from './operation.js';

/** One change of one batch. */
export type WriteOp =
  | { readonly kind: 'put'; readonly table: bigint; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly table: bigint; readonly key: Uint8Array }
  | { readonly kind: 'purge'; readonly table: bigint };

/** The last position that a batch can have: 2^64−1 means "not deleted" in a version. */
export const MAX_POSITION = MAX_U64 - 1n;

const OPERATIONS_OFFSET = HASH_SIZE + 8 + 4;
const COUNT_OFFSET = HASH_SIZE + 8;
const INITIAL_SIZE = 256;
const NO_VALUE = '';
/** Operations are addressed by 32-bit offsets into the batch's buffer. */
const MAX_SIZE = 2 ** 32 - 1;

/**
 * The changes of one log position, to be applied together or not at all. A string stands for its UTF-8 bytes. Keys and
 * values are copied as they are added, but for values of 64 KiB and more that are given as bytes: those are borrowed,
 * and may not be changed before the batch is applied.
 */
export class WriteBatch {
  /** What becomes the applied hash instead of the computed one. */
  readonly hash: Uint8Array | undefined;
  #bytes: Buffer;
  #view: DataView;
  #end = OPERATIONS_OFFSET;
  #count = 0;
  #purges = false;
  #borrowed: BorrowedValues | undefined;
  readonly #at: U64;
  /** The table of the operation before: most batches write one table, and taking a bigint apart is slow. */
  #table = 0n;
  #tableWords = U64.from(0n);

  /**
   * @param position where in the log the batch is, 1 to 2^64−2
   * @param hash 32 bytes that become the store's applied hash instead of the computed one
   * @param room memory to begin with, the batch's own from now on; it gets more where that is not enough
   * @throws StoreError `INVALID_ARGUMENT`, `NON_SEQUENTIAL_BATCH` (position 0), `POSITIONS_EXHAUSTED`
   */
  constructor(
    readonly position: bigint,
    hash?: Uint8Array,
    room: Buffer = Buffer.allocUnsafeSlow(INITIAL_SIZE),
  ) {
    requireBigint(position, 'a position');
    if (position === 0n) {
      throw new StoreError('NON_SEQUENTIAL_BATCH', 'the first batch has position 1, not 0', { expected: 1, found: 0 });
    }
    if (position < 0n || position > MAX_U64) {
      throw new StoreError('INVALID_ARGUMENT', `a batch cannot have position ${position}`, { position });
    }
    if (position > MAX_POSITION) {
      throw new StoreError('POSITIONS_EXHAUSTED', `the last possible position is ${MAX_POSITION}`, { position });
    }
    if (hash !== undefined && hash.byteLength !== HASH_SIZE) {
      throw new StoreError('INVALID_ARGUMENT', `a hash has ${HASH_SIZE} bytes, not ${hash.byteLength}`);
    }
    this.#bytes = room.byteLength >= OPERATIONS_OFFSET ? room : Buffer.allocUnsafeSlow(INITIAL_SIZE);
    this.#view = viewOf(this.#bytes);
    this.hash = hash && Uint8Array.from(hash);
    this.#at = U64.from(position);
    writeU64(this.#view, HASH_SIZE, this.#at);
    this.#view.setUint32(COUNT_OFFSET, 0, true);
  }

  get operationCount(): number {
    return this.#count;
  }

  /** Bytes that the batch takes in memory, borrowed values included, and adds to the hash chain. */
  get byteLength(): number {
    return this.#end + (this.#borrowed?.byteLength ?? 0);
  }

  /** @internal The position as words. */
  get at(): U64 {
    return this.#at;
  }

  /** @throws StoreError `KEY_TOO_LONG`, `BATCH_TOO_LARGE`, `INVALID_ARGUMENT` (a table id that is no u64) */
  put(table: bigint, key: Uint8Array | string, value: Uint8Array | string): this {
    if (isUint8Array(value) && value.byteLength >= BORROWED_MIN) this.#appendBorrowed(table, key, value);
    else this.#append(PUT, table, key, value);
    return this;
  }

  /** @throws StoreError as `put` */
  delete(table: bigint, key: Uint8Array | string): this {
    this.#append(DELETE, table, key, NO_VALUE);
    return this;
  }

  /** Drops a table with all its keys and their history. @throws StoreError as `put` */
  purge(table: bigint): this {
    this.#append(PURGE, table, '', NO_VALUE);
    this.#purges = true;
    return this;
  }

  /** Adds an operation given as a value. @throws StoreError as `put` */
  push(operation: WriteOp): this {
    if (operation.kind === 'put') return this.put(operation.table, operation.key, operation.value);
    if (operation.kind === 'delete') return this.delete(operation.table, operation.key);
    // Callers without a type checker can ask for anything; a typing error must not purge a table.
    const { kind }: { readonly kind: string } = operation;
    if (kind === 'purge') return this.purge(operation.table);
    throw new StoreError('INVALID_ARGUMENT', `an operation is put, delete or purge, not ${kind}`, { kind });
  }

  /** The operations in the order in which they were added, each with copies of its bytes. */
  *operations(): IterableIterator<WriteOp> {
    for (let offset = this.firstOffset(); offset < this.#end; offset = this.nextOffset(offset)) {
      const operation = this.readOperation(offset, newOperation());
      const { kind, view, keyStart: start, keyLength: length, valueView, valueStart, valueLength } = operation;
      const table = readU64(view, operation.tableOffset);
      const key = copyOf(view, start, length);
      if (kind === PURGE) yield { kind: 'purge', table };
      else if (kind === DELETE) yield { kind: 'delete', table, key };
      else yield { kind: 'put', table, key, value: copyOf(valueView, valueStart, valueLength) };
    }
  }

  /** @internal Where the first operation is: `endOffset` when there is none. */
  firstOffset(): number {
    return OPERATIONS_OFFSET;
  }

  /** @internal Where the last operation ends. */
  get endOffset(): number {
    return this.#end;
  }

  /** @internal Where the operation after the one at `offset` is. */
  nextOffset(offset: number): number {
    const keyEnd = offset + OPERATION_HEADER + this.#view.getUint32(offset + 9, true);
    if (this.#view.getUint8(offset) !== PUT) return keyEnd;
    const isBorrowed = this.#borrowed?.has(offset) === true;
    return keyEnd + 4 + (isBorrowed ? 0 : this.#view.getUint32(keyEnd, true));
  }

  /** @internal The operation at `offset`, in an object that may be used again and again. */
  readOperation(offset: number, into: Operation): Operation {
    readOperation(this.#view, offset, into);
    this.#borrowed?.pointTo(offset, into);
    return into;
  }

  /** @internal */
  kindAt(offset: number): number {
    return this.#view.getUint8(offset);
  }

  /** @internal */
  tableAt(offset: number): bigint {
    return readU64(this.#view, offset + 1);
  }

  /** @internal Whether the operation is on a certain table, without making a bigint of its id. */
  isTableAt(offset: number, table: U64): boolean {
    return compareU64At(this.#view, offset + 1, table) === 0;
  }

  /** @internal Four bytes of a key from `depth` on, as a big-endian number; zeros after its end. */
  keyWordAt(offset: number, depth: number): number {
    const view = this.#view;
    const start = offset + OPERATION_HEADER + depth;
    const left = view.getUint32(offset + 9, true) - depth;
    if (left >= 4) return view.getUint32(start);
    let word = 0;
    for (let index = 0; index < 4; index++) word = word * 256 + (index < left ? view.getUint8(start + index) : 0);
    return word;
  }

  /** @internal The key of an operation against that of one in another batch. */
  compareKeys(offset: number, other: WriteBatch, otherOffset: number): number {
    return compareBytes(
      this.#view,
      offset + OPERATION_HEADER,
      this.#view.getUint32(offset + 9, true),
      other.#view,
      otherOffset + OPERATION_HEADER,
      other.#view.getUint32(otherOffset + 9, true),
    );
  }

  /** @internal Whether any operation purges a table. */
  get purges(): boolean {
    return this.#purges;
  }

  /** @internal The bytes that the hash of this position is taken of, in their order; the hash before it is first. */
  encodedParts(previousHash: Uint8Array): readonly Uint8Array[] {
    this.#bytes.set(previousHash, 0);
    const encoded = this.#bytes.subarray(0, this.#end);
    return this.#borrowed === undefined ? [encoded] : this.#borrowed.partsOf(encoded);
  }

  #append(kind: number, table: bigint, key: Uint8Array | string, value: Uint8Array | string): void {
    if (table !== this.#table) this.#setTable(table);
    if (this.#end + OPERATION_HEADER + maxByteLength(key) + 4 + maxByteLength(value) > this.#bytes.byteLength) {
      this.#reserve(OPERATION_HEADER + byteLength(key) + 4 + byteLength(value));
    }
    const start = this.#end;
    this.#view.setUint8(start, kind);
    writeU64(this.#view, start + 1, this.#tableWords);
    const keyLength = this.#write(key, start + OPERATION_HEADER);
    if (keyLength > MAX_KEY_LENGTH) throw keyTooLong(table, key, keyLength);
    this.#view.setUint32(start + 9, keyLength, true);
    let end = start + OPERATION_HEADER + keyLength;
    if (kind === PUT) {
      const valueLength = this.#write(value, end + 4);
      this.#view.setUint32(end, valueLength, true);
      end += 4 + valueLength;
    }
    this.#end = end;
    this.#view.setUint32(COUNT_OFFSET, ++this.#count, true);
  }

  #appendBorrowed(table: bigint, key: Uint8Array | string, value: Uint8Array): void {
    this.#checkSize(OPERATION_HEADER + maxByteLength(key) + 4 + value.byteLength);
    const offset = this.#end;
    this.#append(PUT, table, key, NO_VALUE);
    this.#view.setUint32(this.#end - 4, value.byteLength, true);
    this.#borrowed ??= new BorrowedValues();
    this.#borrowed.add(offset, this.#end, value);
  }

  /** @internal Adds a copy of an operation that is elsewhere, on a table of its own. @throws StoreError as `put` */
  appendCopy(
    table: bigint,
    { kind, view, keyStart: start, keyLength: length, valueView, valueStart, valueLength }: Operation,
  ): void {
    if (table !== this.#table) this.#setTable(table);
    this.#reserve(OPERATION_HEADER + length + 4 + valueLength);
    if (length > MAX_KEY_LENGTH) throw keyTooLong(table, copyOf(view, start, length), length);
    const target = this.#view;
    let end = this.#end;
    target.setUint8(end, kind);
    writeU64(target, end + 1, this.#tableWords);
    target.setUint32(end + 9, length, true);
    end += OPERATION_HEADER;
    copyBytes(view, start, target, end, length);
    end += length;
    if (kind === PUT) {
      target.setUint32(end, valueLength, true);
      copyBytes(valueView, valueStart, target, end + 4, valueLength);
      end += 4 + valueLength;
    }
    this.#end = end;
    target.setUint32(COUNT_OFFSET, ++this.#count, true);
  }

  #setTable(table: bigint): void {
    requireBigint(table, 'a table id');
    if (table < 0n || table > MAX_U64) {
      throw new StoreError('INVALID_ARGUMENT', `a table id is an unsigned 64-bit number, not ${table}`, { table });
    }
    this.#table = table;
    this.#tableWords = U64.from(table);
  }

  #write(data: Uint8Array | string, offset: number): number {
    if (typeof data === 'string') {
      if (!data.isWellFormed()) {
        throw new StoreError('INVALID_ARGUMENT', 'a text with a lone surrogate has no UTF-8 bytes');
      }
      return this.#bytes.write(data, offset, 'utf8');
    }
    this.#bytes.set(data, offset);
    return data.byteLength;
  }

  #reserve(length: number): void {
    const needed = this.#end + length;
    if (needed <= this.#bytes.byteLength) return;
    this.#checkSize(length);
    const grown = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, this.#bytes.byteLength * 2), MAX_SIZE));
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
    this.#view = viewOf(grown);
  }

  #checkSize(more: number): void {
    if (this.byteLength + more <= MAX_SIZE) return;
    const message = `the batch at position ${this.position} is larger than 4 GiB`;
    throw new StoreError('BATCH_TOO_LARGE', message, { position: this.position });
  }
}

function copyOf(view: DataView, start: number, length: number): Buffer {
  return Buffer.from(new Uint8Array(view.buffer, view.byteOffset + start, length));
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What the data takes at most, without looking at it: no UTF-16 code unit takes more than three bytes of UTF-8. */
function maxByteLength(data: Uint8Array | string): number {
  if (typeof data === 'string') return data.length * 3;
  if (isUint8Array(data)) return data.byteLength;
  throw new StoreError('INVALID_ARGUMENT', 'a key or value is bytes or a string');
}

function byteLength(data: Uint8Array | string): number {
  return typeof data === 'string' ? Buffer.byteLength(data, 'utf8') : data.byteLength;
}

function keyTooLong(table: bigint, key: Uint8Array | string, length: number): StoreError {
  const head = Buffer.from(typeof key === 'string' ? key.slice(0, 32) : key.subarray(0, 32));
  return new StoreError('KEY_TOO_LONG', `a key of ${length} bytes is longer than ${MAX_KEY_LENGTH}`, {
    table,
    keyBeginsHex: toHex(head),
    length,
    limit: MAX_KEY_LENGTH,
  });
}
