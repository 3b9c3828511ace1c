/** The log of a damaged store: what it says of all keys up to a position, and whether it is the store's. */
import { equalBytes, toHex } from '../bytes/bytes.js';
import { U64 } from '../bytes/u64.js';
import type { OperationIterator } from '../commit-group/operation-iterator.js';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { isHashKnown, type LogPosition, nextHash, ZERO_HASH } from '../log/hash-chain.js';
import { isBlank } from '../log/lines.js';
import { decodeLogLine } from '../log/log-line.js';
import type { WriteBatch } from '../log/batch.js';
import { DELETE, newOperation, PURGE, PUT } from '../log/operation.js';
import type { Steps } from '../steps.js';
import { EventSorter } from './event-sorter.js';

export class SalvageLog {
  /** The last purge of each table that was purged. */
  readonly purges = new Map<bigint, bigint>();
  readonly tables = new Set<bigint>();
  /** The first position of it, and the last one that was taken. */
  first: bigint | undefined;
  last = 0n;
  /** At the last position that was taken; zero where that is not known. */
  hash: Uint8Array = ZERO_HASH;
  /** Whether it led to the hash that the store knows. */
  isProven = false;
  readonly #sorter: EventSorter;
  #line = 0;

  /** @param applied up to where it counts */
  constructor(
    files: FileSystem,
    private readonly applied: LogPosition,
  ) {
    this.#sorter = new EventSorter(files);
  }

  /** Whether it has all batches from the first to the applied position. */
  get isComplete(): boolean {
    return this.applied.position === 0n || (this.first === 1n && this.last === this.applied.position);
  }

  /**
   * Takes the next line.
   *
   * @returns whether more lines are wanted
   * @throws StoreError `INVALID_LOG_LINE`, `LOG_GAP`, `LOG_MISMATCH`
   */
  *push(line: Uint8Array): Steps<boolean> {
    this.#line++;
    if (isBlank(line)) return true;
    const batch = this.#decode(line);
    const { position } = batch;
    if (this.first !== undefined && position !== this.last + 1n && position <= this.applied.position) {
      const message = `position ${position} does not follow position ${this.last}`;
      const facts = { line: this.#line, position, expected: this.last + 1n, found: position };
      throw new StoreError('LOG_GAP', message, facts);
    }
    if (position > this.applied.position) return false;
    this.first ??= position;
    this.last = position;
    this.hash =
      position === 1n || isHashKnown(this.hash, position - 1n) ? nextHash(this.hash, batch) : (batch.hash ?? ZERO_HASH);
    this.#take(batch);
    yield* this.#sorter.makeRoom();
    if (position < this.applied.position) return true;
    this.#compare();
    return false;
  }

  sorted(): OperationIterator {
    return this.#sorter.sorted();
  }

  close(): void {
    this.#sorter.close();
  }

  #decode(line: Uint8Array): WriteBatch {
    try {
      return decodeLogLine(line);
    } catch (error) {
      throw error instanceof StoreError ? error.with({ line: this.#line }) : error;
    }
  }

  /** Of several operations on a key in a batch only the last counts. */
  #take(batch: WriteBatch): void {
    const last = new Map<string, number>();
    const operation = newOperation();
    for (let offset = batch.firstOffset(); offset < batch.endOffset; offset = batch.nextOffset(offset)) {
      const table = batch.tableAt(offset);
      if (batch.kindAt(offset) === PURGE) {
        this.purges.set(table, batch.position);
        for (const name of last.keys()) if (name.startsWith(`${table} `)) last.delete(name);
        continue;
      }
      const { view, keyStart, keyLength } = batch.readOperation(offset, operation);
      last.set(`${table} ${toHex(new Uint8Array(view.buffer, view.byteOffset + keyStart, keyLength))}`, offset);
    }
    for (const offset of last.values()) this.#takeOperation(batch, offset);
  }

  #takeOperation(batch: WriteBatch, offset: number): void {
    const operation = batch.readOperation(offset, newOperation());
    const table = batch.tableAt(offset);
    this.tables.add(table);
    const { kind, valueView: view, valueStart: start, valueLength: length } = operation;
    const words = U64.from(table);
    if (kind === DELETE) this.#sorter.add(DELETE, words, operation, batch.at);
    else this.#sorter.add(PUT, words, operation, batch.at, { view, start, length });
  }

  #compare(): void {
    const { position, hash } = this.applied;
    if (this.first !== 1n || !isHashKnown(hash, position)) return;
    this.isProven = equalBytes(this.hash, hash);
    if (this.isProven) return;
    const message = `up to position ${position} this log is not the one that the store was fed`;
    const facts = { line: this.#line, position, expected: toHex(hash), found: toHex(this.hash) };
    throw new StoreError('LOG_MISMATCH', message, facts, 'give the log that made this store, or leave --log out');
  }
}
