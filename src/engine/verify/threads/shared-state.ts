/** What two threads of a check have in common: a few words, and the pages of two lists. */
import { listBytes, PageList, UNIT_PAGES } from './page-list.js';

const SEQUENCE = 0;
const ENDED = 1;
const READY = 2;
const OLDER_LIST = 3;
const NEXT_CHUNK = 4;
const SCAN = 5;
const WORDS = 16;
const HEAD_BYTES = WORDS * Int32Array.BYTES_PER_ELEMENT;

/** Whether the second thread takes part in a scan. */
const NOT_YET = 0;
const JOINED = 1;
const CLOSED = 2;
const TOLD = 3;

/** How long a thread sleeps that nobody wakes. */
const SLEEP_MS = 1000;

export class SharedState {
  readonly #words: Int32Array;
  readonly lists: readonly [PageList, PageList];
  /** Below so few leaves, waking the other thread takes as long as it saves. */
  leavesMin = 2 * UNIT_PAGES;

  /** @param memory of another thread; without it, memory of one's own */
  constructor(readonly memory = new SharedArrayBuffer(HEAD_BYTES + 2 * listBytes())) {
    this.#words = new Int32Array(memory, 0, WORDS);
    this.lists = [new PageList(memory, HEAD_BYTES), new PageList(memory, HEAD_BYTES + listBytes())];
  }

  /** A number that changes with each piece of work. */
  get sequence(): number {
    return Atomics.load(this.#words, SEQUENCE);
  }

  /** There is more work, or no more. */
  wake(): void {
    Atomics.add(this.#words, SEQUENCE, 1);
    Atomics.notify(this.#words, SEQUENCE);
  }

  /** Waits until there is more work than when the number was this one. */
  sleep(sequence: number): void {
    Atomics.wait(this.#words, SEQUENCE, sequence, SLEEP_MS);
  }

  end(): void {
    Atomics.store(this.#words, ENDED, 1);
    this.wake();
  }

  get hasEnded(): boolean {
    return Atomics.load(this.#words, ENDED) === 1;
  }

  /** Whether the second thread is there. */
  get isReady(): boolean {
    return Atomics.load(this.#words, READY) === 1;
  }

  noteReady(): void {
    Atomics.store(this.#words, READY, 1);
    Atomics.notify(this.#words, READY);
  }

  awaitReady(milliseconds: number): void {
    Atomics.wait(this.#words, READY, 0, milliseconds);
  }

  /** The list whose pages are needed first: 0 or 1. */
  get olderList(): number {
    return Atomics.load(this.#words, OLDER_LIST);
  }

  set olderList(list: number) {
    Atomics.store(this.#words, OLDER_LIST, list);
  }

  /** The next chunk of a scan that nobody has taken. */
  takeChunk(): number {
    return Atomics.add(this.#words, NEXT_CHUNK, 1);
  }

  /** For the second thread: whether it can take part in a scan. */
  joinScan(): boolean {
    return Atomics.compareExchange(this.#words, SCAN, NOT_YET, JOINED) === NOT_YET;
  }

  /** For the second thread: what it has seen is told. */
  noteTold(): void {
    Atomics.store(this.#words, SCAN, TOLD);
    Atomics.notify(this.#words, SCAN);
  }

  /** Lets nobody join any more; false when the second thread has. */
  closeScan(): boolean {
    return Atomics.compareExchange(this.#words, SCAN, NOT_YET, CLOSED) === NOT_YET;
  }

  /** Waits for what the second thread has seen. */
  awaitTold(milliseconds: number): void {
    Atomics.wait(this.#words, SCAN, JOINED, milliseconds);
  }
}
