/** One operation of a batch, worked on where its bytes are (their encoding: batch.ts). */
import { copyBytes, type KeyRef } from '../bytes/bytes.js';

export const PUT = 1;
export const DELETE = 2;
export const PURGE = 3;

/** Bytes before the key: kind, table, length of the key. */
export const OPERATION_HEADER = 1 + 8 + 4;
const NOTHING = new DataView(new ArrayBuffer(0));

/** One operation of a batch where it is; it is its own key reference, so that a tree can be searched with it. */
export interface Operation extends KeyRef {
  kind: number;
  tableOffset: number;
  /** Where the value is: where the rest is, or elsewhere. */
  valueView: DataView;
  valueStart: number;
  valueLength: number;
}

/** An operation that is yet to be read. */
export function newOperation(): Operation {
  const value = { valueView: NOTHING, valueStart: 0, valueLength: 0 };
  return { view: NOTHING, kind: 0, tableOffset: 0, keyStart: 0, keyLength: 0, ...value };
}

/** Reads the operation that is at `offset` of a view, encoded as in a batch. */
export function readOperation(view: DataView, offset: number, into: Operation): Operation {
  into.view = view;
  into.valueView = view;
  into.kind = view.getUint8(offset);
  into.tableOffset = offset + 1;
  into.keyStart = offset + OPERATION_HEADER;
  into.keyLength = view.getUint32(offset + 9, true);
  into.valueStart = into.keyStart + into.keyLength + 4;
  into.valueLength = into.kind === PUT ? view.getUint32(into.valueStart - 4, true) : 0;
  return into;
}

/** Bytes of an operation, encoded as in a batch. */
export function operationLength({ kind, keyLength: length, valueLength }: Operation): number {
  return kind === PUT ? OPERATION_HEADER + length + 4 + valueLength : OPERATION_HEADER + length;
}

/** Copies an operation, `operationLength` bytes. */
export function copyOperation(operation: Operation, target: DataView, offset: number): void {
  const { view, tableOffset, valueView, valueStart, valueLength } = operation;
  const beforeValue = operationLength(operation) - valueLength;
  copyBytes(view, tableOffset - 1, target, offset, beforeValue);
  copyBytes(valueView, valueStart, target, offset + beforeValue, valueLength);
}
