/**
 * Compares a store with the log that it should be derived from: the chain of hashes, and every version of every key.
 * One pass over the log, in bounded memory: its operations are sorted in parts on disk and then walked beside the
 * entries of the store, both from the last table and key to the first.
 */
import { compareBytes, equalBytes, keyRef } from '../bytes/bytes.js';
import { readU64, U64 } from '../bytes/u64.js';
import type { OperationIterator } from '../commit-group/operation-iterator.js';
import { StoreError } from '../errors.js';
import { isBlank } from '../log/lines.js';
import { decodeLogLine } from '../log/log-line.js';
import type { WriteBatch } from '../log/batch.js';
import { isHashKnown, nextHash, ZERO_HASH } from '../log/hash-chain.js';
import { Pace, runSteps, type Steps } from '../steps.js';
import { EntryWalk } from './entry-walk.js';
import { type ComparedEvent, logEvents, storeEvents, type TableStart } from './key-events.js';
import { LogOperations } from './log-operations.js';
import { ENTRIES_PER_STEP, type StoreView } from './view.js';

export interface LogComparisonOptions {
  /** Up to which position the two are compared (default: the applied one). */
  readonly to?: bigint | undefined;
  /** @internal So many bytes are sorted in memory. */
  readonly partBytes?: number | undefined;
}

/** Where a store and a log part first. */
export interface LogDifference {
  readonly position: bigint;
  /** Null when the difference has no effect on any version: then the position is that at which the chains differ. */
  readonly table: bigint | null;
  readonly key: Uint8Array | null;
  /** What the key holds at that position; null when nothing. */
  readonly store: Uint8Array | null;
  readonly log: Uint8Array | null;
}

export interface LogReport {
  /** Null when that is not known: the log ends too early. */
  readonly equal: boolean | null;
  readonly reason?: 'log-ends';
  readonly comparedTo: bigint;
  /** Whether the log leads to the hash that the store has. */
  readonly chain: 'equal' | 'different' | 'unknown';
  readonly difference: LogDifference | null;
}

/** How far a comparison has come, in operations of the log. */
export interface LogComparisonProgress {
  readonly read: number;
  readonly compared: number;
}

const NO_EVENTS: readonly ComparedEvent[] = [];

export class LogComparison {
  readonly #to: bigint;
  readonly #operations: LogOperations;
  #position = 0n;
  #hash = ZERO_HASH;
  #line = 0;
  #read = 0;
  #compared = 0;
  #first: LogDifference | undefined;

  /** @internal Made by `BTreeStore.verifyLog`. */
  constructor(
    private readonly view: StoreView,
    options: LogComparisonOptions,
  ) {
    this.#to = options.to ?? view.applied.position;
    this.#operations = new LogOperations(view.files, options.partBytes);
  }

  get progress(): LogComparisonProgress {
    return { read: this.#read, compared: this.#compared };
  }

  /**
   * Takes the next line of the log, without its end; a blank one is passed over. Its bytes are not needed afterwards.
   *
   * @returns whether more lines are wanted
   * @throws StoreError `INVALID_LOG_LINE`, `LOG_GAP` (also when the log does not begin at position 1), `IO_ERROR`;
   *   facts `line` and `position`
   */
  push(line: Uint8Array): boolean {
    return runSteps(this.pushSteps(line));
  }

  /** As `push`, in steps of a few milliseconds, to be run to their end. @throws StoreError as `push` */
  *pushSteps(line: Uint8Array): Steps<boolean> {
    this.#line++;
    if (this.#position === this.#to) return false;
    if (isBlank(line)) return true;
    const batch = this.#decode(line);
    this.#hash = nextHash(this.#hash, batch);
    this.#position = batch.position;
    this.#read += batch.operationCount;
    yield* this.#operations.add(batch);
    return this.#position !== this.#to;
  }

  /** Compares what the lines have said with the store. @throws StoreError damage, `POSITION_FORGOTTEN`, `IO_ERROR` */
  finish(): LogReport {
    return runSteps(this.finishSteps());
  }

  /** As `finish`, in steps of a few milliseconds. @throws StoreError as `finish` */
  *finishSteps(): Steps<LogReport> {
    try {
      yield* this.#compareAll();
    } finally {
      this.close();
    }
    return this.#report();
  }

  /** Releases the files of a comparison that is not finished. */
  close(): void {
    this.#operations.close();
  }

  #decode(line: Uint8Array): WriteBatch {
    try {
      const batch = decodeLogLine(line, this.#operations.room);
      const { position } = batch;
      const expected = this.#position + 1n;
      if (position === expected) return batch;
      const message =
        this.#position === 0n
          ? `the log begins at position ${position}: a comparison needs it from position 1 on`
          : `position ${position} does not follow position ${this.#position}`;
      throw new StoreError('LOG_GAP', message, { position, expected, found: position });
    } catch (error) {
      throw error instanceof StoreError ? error.with({ line: this.#line }) : error;
    }
  }

  #report(): LogReport {
    const { position, hash } = this.view.applied;
    const canCompare = this.#position === position && isHashKnown(hash, position);
    const chain = !canCompare ? 'unknown' : equalBytes(hash, this.#hash) ? 'equal' : 'different';
    const comparedTo = this.#position;
    if (this.#first !== undefined) return { equal: false, comparedTo, chain, difference: this.#first };
    if (chain === 'different') {
      const difference = { position, table: null, key: null, store: null, log: null };
      return { equal: false, comparedTo, chain, difference };
    }
    if (comparedTo < this.#to) return { equal: null, reason: 'log-ends', comparedTo, chain, difference: null };
    return { equal: true, comparedTo, chain, difference: null };
  }

  *#compareAll(): Steps<void> {
    const log = new LogCursor(yield* this.#operations.sorted(), () => this.#compared++);
    const entries = [...this.view.entries()].reverse();
    for (const { id, record } of entries) {
      while (log.table !== undefined && log.table > id) yield* this.#compareLogKey(log);
      const oldest = record?.oldest ?? 0n;
      // What is known only from later on cannot be compared with a log that ends before.
      if (oldest > this.#position && this.#position < this.#to) yield* skipTable(log, id);
      else yield* this.#compareTable(id, log, oldest);
    }
    while (log.table !== undefined) yield* this.#compareLogKey(log);
  }

  *#compareTable(table: bigint, log: LogCursor, oldest: bigint): Steps<void> {
    const range = { from: undefined, to: undefined, at: this.#position, since: 0n, reverse: true };
    const walk = new EntryWalk(this.view, table, range);
    const start = { oldest, purged: this.#operations.purges.get(table) ?? 0n };
    const upTo = U64.from(this.#position);
    const pace = new Pace(ENTRIES_PER_STEP);
    for (let found = walk.next(); found !== false; found = walk.next()) {
      if (found === undefined || pace.isDue()) yield;
      if (found === undefined) continue;
      const key = walk.key();
      while (log.table === table && log.compareKey(key) > 0) yield* this.#compareLogKey(log, start);
      const isInLog = log.table === table && log.compareKey(key) === 0;
      const events = isInLog ? logEvents(log, log.sameKey(), start) : NO_EVENTS;
      yield* this.#compareKey(table, key, storeEvents(walk, upTo), events, start);
    }
    while (log.table === table) yield* this.#compareLogKey(log, start);
  }

  /** A key that the store does not have. */
  *#compareLogKey(log: LogCursor, start?: TableStart): Steps<void> {
    const table = log.table as bigint;
    const from = start ?? { oldest: 0n, purged: this.#operations.purges.get(table) ?? 0n };
    yield* this.#compareKey(table, log.key(), NO_EVENTS, logEvents(log, log.sameKey(), from), from);
  }

  *#compareKey(
    table: bigint,
    key: Uint8Array,
    ofStore: Iterable<ComparedEvent>,
    ofLog: Iterable<ComparedEvent>,
    { purged, oldest }: TableStart,
  ): Steps<void> {
    const [stored, logged] = [ofStore[Symbol.iterator](), ofLog[Symbol.iterator]()];
    const begin = purged > oldest ? purged : oldest;
    let store = eventOf(stored.next());
    let log = eventOf(logged.next());
    for (let looked = 1; store !== undefined || log !== undefined; looked++) {
      const order = compareEvents(store, log);
      if (order !== 0 || !isSameValue(store?.value, log?.value)) {
        const position = (order >= 0 ? store : log)?.position ?? 0n;
        this.#note(position > begin ? position : begin, table, key, store?.value, log?.value);
      }
      if (order >= 0) store = eventOf(stored.next());
      if (order <= 0) log = eventOf(logged.next());
      if (looked % ENTRIES_PER_STEP === 0) yield;
    }
  }

  /** Keys come from the last to the first: of several at one position the one that comes later is the first. */
  #note(position: bigint, table: bigint, key: Uint8Array, store?: Uint8Array, log?: Uint8Array): void {
    if (this.#first !== undefined && this.#first.position < position) return;
    this.#first = { position, table, key: Uint8Array.from(key), store: copyOf(store), log: copyOf(log) };
  }
}

/** Begins a comparison of a store with a log. A function, so that the command line can load it when it is called. */
export function compareWithLog(view: StoreView, options: LogComparisonOptions): LogComparison {
  return new LogComparison(view, options);
}

/** The operations of the log one by one, as the place in a table. */
class LogCursor implements OperationIterator {
  /** Undefined at the end. */
  table: bigint | undefined;

  constructor(
    private readonly source: OperationIterator,
    private readonly onNext: () => void,
  ) {
    this.#settle(source.next());
  }

  get operation(): OperationIterator['operation'] {
    return this.source.operation;
  }

  get at(): U64 {
    return this.source.at;
  }

  next(): boolean {
    this.onNext();
    return this.#settle(this.source.next());
  }

  key(): Buffer {
    const { view, keyStart, keyLength } = this.operation;
    return Buffer.from(new Uint8Array(view.buffer, view.byteOffset + keyStart, keyLength));
  }

  compareKey(key: Uint8Array): number {
    const { view, keyStart, keyLength } = this.operation;
    const other = keyRef(key);
    return compareBytes(view, keyStart, keyLength, other.view, 0, other.keyLength);
  }

  /** Says later whether the operation is still on the same key of the same table. */
  sameKey(): () => boolean {
    const { table } = this;
    const key = this.key();
    return () => this.table !== undefined && this.table === table && this.compareKey(key) === 0;
  }

  #settle(found: boolean): boolean {
    this.table = found ? readU64(this.operation.view, this.operation.tableOffset) : undefined;
    return found;
  }
}

function* skipTable(log: LogCursor, table: bigint): Steps<void> {
  while (log.table === table) {
    log.next();
    yield;
  }
}

function eventOf({ done, value }: IteratorResult<ComparedEvent, undefined>): ComparedEvent | undefined {
  return done === true ? undefined : value;
}

/** Above 0 when that of the store is later, below 0 when that of the log is. */
function compareEvents(store: ComparedEvent | undefined, log: ComparedEvent | undefined): number {
  if (store === undefined || log === undefined) return store === undefined ? -1 : 1;
  return store.position === log.position ? 0 : store.position > log.position ? 1 : -1;
}

function isSameValue(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b);
}

function copyOf(value: Uint8Array | undefined): Uint8Array | null {
  return value === undefined ? null : Uint8Array.from(value);
}
