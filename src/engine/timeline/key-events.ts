/** What happened to a key, newest first: as the log says it, and as the store does. */
import type { U64 } from '../bytes/u64.js';
import type { OperationIterator } from '../commit-group/operation-iterator.js';
import { DELETE } from '../log/operation.js';
import type { EntryWalk } from './entry-walk.js';

/** A put, or without a value a delete. The value is good until the next event is asked for. */
export interface ComparedEvent {
  readonly position: bigint;
  readonly value: Uint8Array | undefined;
}

/** From where on the events of a table can be compared. */
export interface TableStart {
  /** The position of its last purge in the log: nothing before it counts. */
  readonly purged: bigint;
  /** The oldest position that the store knows: of what came before, a key keeps what it held then. */
  readonly oldest: bigint;
}

/**
 * The events of a key in the log. A put always makes a version; a delete counts where there is something to delete.
 *
 * @param source on the newest operation of the key; afterwards on that of another
 * @param isSameKey whether the source is still on an operation of the key
 */
export function* logEvents(
  source: OperationIterator,
  isSameKey: () => boolean,
  { purged, oldest }: TableStart,
): Generator<ComparedEvent, undefined> {
  let deleted: bigint | undefined;
  let isDone = false;
  for (; isSameKey(); source.next()) {
    const position = source.at.toBigInt();
    if (isDone || position < purged) continue;
    isDone = position <= oldest;
    if (source.operation.kind === DELETE) {
      // Of several deletes in a row the oldest has found something.
      deleted = isDone ? undefined : position;
      continue;
    }
    if (deleted !== undefined) yield { position: deleted, value: undefined };
    deleted = undefined;
    const { valueView: view, valueStart, valueLength } = source.operation;
    yield { position, value: new Uint8Array(view.buffer, view.byteOffset + valueStart, valueLength) };
  }
}

/** The events of a key in the store, up to a position. */
export function* storeEvents(walk: EntryWalk, upTo: U64): Generator<ComparedEvent, undefined> {
  let newer: bigint | undefined;
  for (const { createdAt, deletedAt, value } of walk.versions(upTo)) {
    if (deletedAt !== null && deletedAt !== newer) yield { position: deletedAt, value: undefined };
    yield { position: createdAt, value };
    newer = createdAt;
  }
}
