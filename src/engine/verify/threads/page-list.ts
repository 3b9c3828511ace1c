/**
 * Pages that are needed one after the other, and what was seen of them. One thread looks at them from the first on and
 * needs them in this order, the other from the last one back: they meet, and hardly ever wait for each other.
 */
import { PAGE_SIZE } from '../../format/layout.js';
import { Page } from '../../format/page.js';
import type { LeafGlance } from '../../format/v2/leaf-glance.js';

export const LIST_PAGES = 320;
/** Pages that are taken at once: reads of 64 KiB take as long as longer ones. */
export const UNIT_PAGES = 16;
const UNITS = LIST_PAGES / UNIT_PAGES;

/** Who has a unit. */
const FREE = 0;
const TAKEN = 1;
const IN_WORK = 2;
const DONE = 3;

/** A unit takes less than a millisecond: a thread that takes longer is not running. */
const PATIENCE_MS = 100;

const RESULT_WORDS = 7;
const [TIDY, EVENTS, VERSIONS, ROWS, HIGH, LOW, FLAGS] = [0, 1, 2, 3, 4, 5, 6];
const HAS_ZERO = 1;
const HAS_EXTERNAL = 2;
const ARE_ALONE = 4;

const COUNT_BYTES = 8;
const STATE_BYTES = UNITS * 4;
const ID_BYTES = LIST_PAGES * 8;
const RESULT_BYTES = LIST_PAGES * RESULT_WORDS * 4;
const PAGES_BYTES = LIST_PAGES * PAGE_SIZE;

export function listBytes(): number {
  return COUNT_BYTES + STATE_BYTES + ID_BYTES + RESULT_BYTES + PAGES_BYTES;
}

export class PageList {
  readonly #count: Int32Array;
  readonly #states: Int32Array;
  readonly #ids: Float64Array;
  readonly #results: Uint32Array;
  readonly #bytes: Buffer;
  readonly #pages: Page[] = [];

  /** @param start a multiple of 8 */
  constructor(memory: SharedArrayBuffer, start: number) {
    let offset = start;
    const next = (bytes: number): number => (offset += bytes) - bytes;
    this.#count = new Int32Array(memory, next(COUNT_BYTES), 1);
    this.#ids = new Float64Array(memory, next(ID_BYTES), LIST_PAGES);
    this.#states = new Int32Array(memory, next(STATE_BYTES), UNITS);
    this.#results = new Uint32Array(memory, next(RESULT_BYTES), LIST_PAGES * RESULT_WORDS);
    this.#bytes = Buffer.from(memory, next(PAGES_BYTES), PAGES_BYTES);
  }

  get count(): number {
    return Atomics.load(this.#count, 0);
  }

  pageId(index: number): number {
    return this.#ids[index] as number;
  }

  /** A page as the other thread, or this one, has read it. */
  page(index: number): Page {
    return (this.#pages[index] ??= new Page(this.#bytes.subarray(index * PAGE_SIZE, (index + 1) * PAGE_SIZE)));
  }

  /** Where pages from one on are read into. */
  room(index: number, count: number): Buffer {
    return this.#bytes.subarray(index * PAGE_SIZE, (index + count) * PAGE_SIZE);
  }

  /** Sets other pages; only when nobody looks at those that were there. */
  fill(count: number, pageIdOf: (index: number) => number): void {
    for (let index = 0; index < count; index++) this.#ids[index] = pageIdOf(index);
    Atomics.store(this.#count, 0, count);
    for (let unit = 0; unit < UNITS; unit++)
      Atomics.store(this.#states, unit, unit * UNIT_PAGES < count ? FREE : TAKEN);
  }

  /** Leaves nothing for the other thread to begin; false when it does not come to an end with what it has begun. */
  withdraw(): boolean {
    for (let unit = 0; unit < UNITS; unit++) if (this.take(unit) === undefined) return false;
    return true;
  }

  /**
   * Who looks at a unit: true when it is the caller; false when it was the other thread, which has done it. Undefined
   * when that does not come to an end.
   */
  take(unit: number): boolean | undefined {
    const before = Atomics.compareExchange(this.#states, unit, FREE, TAKEN);
    if (before === IN_WORK) Atomics.wait(this.#states, unit, IN_WORK, PATIENCE_MS);
    const state = Atomics.load(this.#states, unit);
    return state === IN_WORK ? undefined : state !== DONE;
  }

  /** For the second thread: the last unit that nobody has. */
  takeLast(): number | undefined {
    for (let unit = Math.ceil(this.count / UNIT_PAGES) - 1; unit >= 0; unit--) {
      if (Atomics.compareExchange(this.#states, unit, FREE, IN_WORK) === FREE) return unit;
    }
    return undefined;
  }

  /** For the second thread: it is done with a unit. */
  finish(unit: number): void {
    Atomics.store(this.#states, unit, DONE);
    Atomics.notify(this.#states, unit);
  }

  /** Notes that a page is not tidy, or that it is, and what was seen of its events. */
  note(index: number, glance: LeafGlance | undefined): void {
    const results = this.#results;
    const at = index * RESULT_WORDS;
    results[at + TIDY] = glance === undefined ? 0 : 1;
    if (glance === undefined) return;
    results[at + EVENTS] = glance.events;
    results[at + VERSIONS] = glance.versions;
    results[at + ROWS] = glance.rows;
    results[at + HIGH] = glance.newestHigh;
    results[at + LOW] = glance.newestLow;
    results[at + FLAGS] =
      (glance.hasZero ? HAS_ZERO : 0) | (glance.hasExternal ? HAS_EXTERNAL : 0) | (glance.areAlone ? ARE_ALONE : 0);
  }

  /** Whether a page is tidy; `glance` is told what was seen of its events. */
  read(index: number, glance: LeafGlance): boolean {
    const results = this.#results;
    const at = index * RESULT_WORDS;
    if (results[at + TIDY] !== 1) return false;
    const flags = results[at + FLAGS] as number;
    glance.events = results[at + EVENTS] as number;
    glance.versions = results[at + VERSIONS] as number;
    glance.rows = results[at + ROWS] as number;
    glance.newestHigh = results[at + HIGH] as number;
    glance.newestLow = results[at + LOW] as number;
    glance.hasZero = (flags & HAS_ZERO) !== 0;
    glance.hasExternal = (flags & HAS_EXTERNAL) !== 0;
    glance.areAlone = (flags & ARE_ALONE) !== 0;
    return true;
  }
}
