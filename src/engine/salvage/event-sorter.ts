/**
 * What was found of all keys, in the order of tables, keys and positions. What does not fit into memory is sorted part
 * by part, and waits in a temporary file. What was found several times comes several times.
 */
import { copyBytes, type KeyRef } from '../bytes/bytes.js';
import { U64, writeU64 } from '../bytes/u64.js';
import { byKey } from '../commit-group/merging-iterator.js';
import type { OperationIterator } from '../commit-group/operation-iterator.js';
import { PartSorter } from '../commit-group/part-sorter.js';
import type { FileSystem } from '../file/files.js';
import {
  type DELETE,
  newOperation,
  type Operation,
  OPERATION_HEADER,
  type PUT,
  readOperation,
} from '../log/operation.js';

/** Beside puts and deletions: what `EventTaker` tells of a key. */
export const NEXT = 4;
export const OLDER = 5;
export const ENTRY = 6;
/** A put whose value is lost. */
export const LOST = 7;
/** That only the value of a put was found, not the event. */
export const ALONE = 8;
export type FoundKind =
  typeof PUT | typeof DELETE | typeof NEXT | typeof OLDER | typeof ENTRY | typeof LOST | typeof ALONE;

/** A value, where it is. */
export interface ValueRef {
  readonly view: DataView;
  readonly start: number;
  readonly length: number;
}

export class EventSorter extends PartSorter<Part> {
  constructor(files: FileSystem, partBytes?: number) {
    super(files, () => new Part(), byKeyAndPosition, partBytes);
  }

  /** `makeRoom` is to be called between pages. */
  add(kind: FoundKind, table: U64, key: KeyRef, at: U64, value?: ValueRef): void {
    this.part.add(kind, table, key, at, value);
  }
}

/** Of what is told of one key at one position puts come first. */
export function byKeyAndPosition(a: OperationIterator, b: OperationIterator): number {
  return byKey(a, b) || a.at.compare(b.at) || a.operation.kind - b.operation.kind;
}

/** What is in memory, one after the other, as in a batch. */
class Part {
  #bytes = Buffer.allocUnsafeSlow(64 * 1024);
  #view = viewOf(this.#bytes);
  #end = 0;
  readonly #offsets: number[] = [];
  readonly #positions: U64[] = [];

  get byteLength(): number {
    return this.#end + this.#offsets.length * 48;
  }

  add(kind: FoundKind, table: U64, { view, keyStart, keyLength }: KeyRef, at: U64, value?: ValueRef): void {
    const start = this.#end;
    this.#makeRoom(OPERATION_HEADER + keyLength + (value === undefined ? 0 : 4 + value.length));
    this.#view.setUint8(start, kind);
    writeU64(this.#view, start + 1, table);
    this.#view.setUint32(start + OPERATION_HEADER - 4, keyLength, true);
    copyBytes(view, keyStart, this.#view, start + OPERATION_HEADER, keyLength);
    if (value !== undefined) {
      const offset = start + OPERATION_HEADER + keyLength;
      this.#view.setUint32(offset, value.length, true);
      copyBytes(value.view, value.start, this.#view, offset + 4, value.length);
    }
    this.#offsets.push(start);
    this.#positions.push(at);
  }

  sorted(): OperationIterator {
    const [left, right] = [this.#cursor(), this.#cursor()];
    const order = this.#offsets.map((_, item) => item);
    order.sort((a, b) => byKeyAndPosition(left.goTo(a), right.goTo(b)) || a - b);
    const cursor = this.#cursor();
    let rank = -1;
    return {
      operation: cursor.operation,
      get at() {
        return cursor.at;
      },
      next() {
        if (++rank >= order.length) return false;
        cursor.goTo(order[rank] as number);
        return true;
      },
    };
  }

  #makeRoom(length: number): void {
    this.#end += length;
    if (this.#end <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#end, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#end - length);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }

  #cursor(): PartCursor {
    return new PartCursor(this.#view, this.#offsets, this.#positions);
  }
}

class PartCursor implements OperationIterator {
  readonly operation: Operation = newOperation();
  at = new U64(0, 0);

  constructor(
    private readonly view: DataView,
    private readonly offsets: readonly number[],
    private readonly positions: readonly U64[],
  ) {}

  goTo(item: number): this {
    readOperation(this.view, this.offsets[item] as number, this.operation);
    this.at = this.positions[item] as U64;
    return this;
  }

  next(): boolean {
    throw new Error('a cursor of a part is moved by its owner');
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
