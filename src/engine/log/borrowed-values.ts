/** Values of a batch that stay where the caller has them: a copy of many megabytes is memory and time for nothing. */
import type { Operation } from './operation.js';

/** Bytes of a value from which on it is borrowed. */
export const BORROWED_MIN = 64 * 1024;

interface BorrowedValue {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where in the batch's buffer the value would begin. */
  readonly place: number;
}

export class BorrowedValues {
  /** By the offsets of their operations, ascending. */
  readonly #values = new Map<number, BorrowedValue>();
  /** Bytes of all of them. */
  byteLength = 0;

  /** @param place where in the batch's buffer the value would begin, and what is after it does */
  add(offset: number, place: number, bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#values.set(offset, { bytes, view, place });
    this.byteLength += bytes.byteLength;
  }

  /** Whether the operation that is at an offset has such a value. */
  has(offset: number): boolean {
    return this.#values.has(offset);
  }

  /** Makes an operation that was read at an offset say where its value is. */
  pointTo(offset: number, operation: Operation): void {
    const value = this.#values.get(offset);
    if (value === undefined) return;
    operation.valueView = value.view;
    operation.valueStart = 0;
  }

  /** The bytes of a batch as they would be had the values been copied. */
  partsOf(encoded: Uint8Array): Uint8Array[] {
    const parts: Uint8Array[] = [];
    let start = 0;
    for (const { bytes, place } of this.#values.values()) {
      parts.push(encoded.subarray(start, place), bytes);
      start = place;
    }
    parts.push(encoded.subarray(start));
    return parts;
  }
}
