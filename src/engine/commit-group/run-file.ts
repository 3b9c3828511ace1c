/**
 * Sorted operations that wait on disk until their group is applied: an external merge sort's runs, one after the
 * other. Each operation is
 *
 *     length of the rest u32 · position u64 · the operation, encoded as in a batch
 */
import type { FileHandle } from '../file/files.js';
import { copyOperation, newOperation, operationLength, readOperation } from '../log/operation.js';
import { PAGE_SIZE } from '../format/layout.js';
import { U64, writeU64 } from '../bytes/u64.js';
import { Pace, type Steps } from '../steps.js';
import type { OperationIterator } from './operation-iterator.js';

/** Bytes read or written together. */
const CHUNK_BYTES = 256 * 1024;
const LENGTH_SIZE = 4;
const HEADER_SIZE = LENGTH_SIZE + 8;
/** Operations written between two steps. */
const OPERATIONS_PER_STEP = 4096;

/** Bytes `start` to `end` (exclusive) of the file. */
interface Run {
  readonly start: number;
  readonly end: number;
}

export class RunFile {
  readonly #file: FileHandle;
  readonly #runs: Run[] = [];

  /** @param file without a name; its first page, which says whose it is, stays as it is */
  constructor(file: FileHandle) {
    this.#file = file;
  }

  /**
   * Writes all operations of a source as the next run. When that fails there is no such run.
   *
   * @throws StoreError `IO_ERROR`
   */
  *write(source: OperationIterator): Steps<void> {
    const start = this.#runs.at(-1)?.end ?? PAGE_SIZE;
    const writer = new RunWriter(this.#file, start);
    const pace = new Pace(OPERATIONS_PER_STEP);
    while (source.next()) {
      writer.append(source);
      if (pace.isDue()) yield;
    }
    this.#runs.push({ start, end: writer.finish() });
  }

  /** What has been written, a source for each run. */
  sources(): OperationIterator[] {
    return this.#runs.map((run) => new RunReader(this.#file, run));
  }

  close(): void {
    this.#file.close();
  }
}

class RunWriter {
  #bytes = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #view = viewOf(this.#bytes);
  #used = 0;

  constructor(
    private readonly file: FileHandle,
    private position: number,
  ) {}

  append({ operation, at }: OperationIterator): void {
    const length = operationLength(operation);
    const needed = HEADER_SIZE + length;
    if (this.#used + needed > this.#bytes.length) this.#makeRoom(needed);
    this.#view.setUint32(this.#used, 8 + length, true);
    writeU64(this.#view, this.#used + LENGTH_SIZE, at);
    copyOperation(operation, this.#view, this.#used + HEADER_SIZE);
    this.#used += needed;
  }

  /** Writes what is left; gives where the run ends. */
  finish(): number {
    this.#flush();
    return this.position;
  }

  #makeRoom(needed: number): void {
    this.#flush();
    if (needed <= this.#bytes.length) return;
    this.#bytes = Buffer.allocUnsafeSlow(needed);
    this.#view = viewOf(this.#bytes);
  }

  #flush(): void {
    this.file.write(this.#bytes, 0, this.#used, this.position);
    this.position += this.#used;
    this.#used = 0;
  }
}

class RunReader implements OperationIterator {
  readonly operation = newOperation();
  at = new U64(0, 0);
  #bytes: Buffer | undefined;
  #view = this.operation.view;
  /** What of the buffer has not been given yet. */
  #start = 0;
  #end = 0;
  /** Where in the file the bytes behind the buffer stand. */
  #position: number;

  constructor(
    private readonly file: FileHandle,
    private readonly run: Run,
  ) {
    this.#position = run.start;
  }

  next(): boolean {
    if (this.#end - this.#start < LENGTH_SIZE && !this.#fill(LENGTH_SIZE)) return false;
    const length = LENGTH_SIZE + this.#view.getUint32(this.#start, true);
    if (this.#end - this.#start < length) this.#fill(length);
    const start = this.#start;
    this.at = new U64(this.#view.getUint32(start + 8, true), this.#view.getUint32(start + 4, true));
    readOperation(this.#view, start + HEADER_SIZE, this.operation);
    this.#start = start + length;
    return true;
  }

  /** Reads on until the buffer holds `needed` bytes; false at the end of the run. */
  #fill(needed: number): boolean {
    const kept = this.#end - this.#start;
    if (this.#position === this.run.end) return false;
    const before = this.#bytes;
    if (before === undefined || before.length < needed) {
      this.#bytes = Buffer.allocUnsafeSlow(Math.max(needed, CHUNK_BYTES));
      this.#view = viewOf(this.#bytes);
    }
    const bytes = this.#bytes!;
    before?.copy(bytes, 0, this.#start, this.#end);
    const room = Math.min(bytes.length - kept, this.run.end - this.#position);
    this.file.read(bytes, kept, room, this.#position);
    this.#position += room;
    this.#start = 0;
    this.#end = kept + room;
    return true;
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
