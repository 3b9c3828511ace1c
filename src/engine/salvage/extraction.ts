/** Takes what is on sound leaves: what was committed goes to a sorter, what is known to be lost is noted. */
import { type KeyRef, keyRef } from '../bytes/bytes.js';
import { U64 } from '../bytes/u64.js';
import type { Page } from '../format/page.js';
import { DELETE, PUT } from '../log/operation.js';
import type { FileSystem } from '../file/files.js';
import { ALONE, ENTRY, EventSorter, type FoundKind, LOST, NEXT, OLDER, type ValueRef } from './event-sorter.js';
import type { EventTaker } from './event-taker.js';
import { readExtent } from './extent-reader.js';
import type { LooseValue } from './loose-values.js';
import type { Losses } from './losses.js';
import type { PageCensus } from './page-census.js';
import { PageSet } from '../verify/page-set.js';
import { salvageFormatOf } from './salvage-format.js';
import { keyAfter } from './tree-keys.js';

const ZERO = new U64(0, 0);

export class Extraction {
  readonly sorter: EventSorter;
  /** The tables of which anything was taken. */
  readonly tables = new Set<bigint>();
  /** How many values were taken that no event points to. */
  valuesAlone = 0;
  /** The first pages of values that events point to. */
  readonly #valuePages = new PageSet();
  /** The highest position that was seen. */
  highest = ZERO;

  constructor(
    files: FileSystem,
    private readonly census: PageCensus,
    /** Undefined where it is not known: then the highest position that is found is the last. */
    private readonly applied: U64 | undefined,
    private readonly losses: Losses,
  ) {
    this.sorter = new EventSorter(files);
  }

  /** Takes the items of a leaf between two indexes. */
  take(leaf: Page, table: bigint, from: number, to: number): void {
    this.tables.add(table);
    const { giveItem } = salvageFormatOf(this.census.identity.format);
    const taker = this.#takerOf(table);
    for (let index = from; index < to; index++) giveItem(leaf, index, taker);
  }

  /** Whether an event points to the value that begins at a page. */
  hasValueAt(pageId: number): boolean {
    return this.#valuePages.has(pageId);
  }

  /** Takes a value that no event points to: it was put, and nothing says until when it was there. */
  takeLooseValue({ table, key, position, length, firstPage }: LooseValue): void {
    if (!this.#isKnown(U64.from(position))) return;
    this.tables.add(table);
    const extent = { length, firstPage, crc: undefined };
    const reading = readExtent(this.census, { table, keyLength: key.length, position }, extent);
    if ('value' in reading) {
      const { value } = reading;
      const view = new DataView(value.buffer, value.byteOffset, value.length);
      this.valuesAlone++;
      const [words, at] = [U64.from(table), U64.from(position)];
      this.sorter.add(PUT, words, keyRef(key), at, { view, start: 0, length: value.length });
      this.sorter.add(ALONE, words, keyRef(key), at);
    }
    // Else a part of it is damaged, and that its rows are lost is known already.
  }

  close(): void {
    this.sorter.close();
  }

  #takerOf(table: bigint): EventTaker {
    const words = U64.from(table);
    const add = (kind: FoundKind, key: KeyRef, at: U64, value?: ValueRef): void => {
      if (!this.#isKnown(at)) return;
      this.sorter.add(kind, words, key, at, value);
    };
    return {
      put: (key, at, view, start, length) => {
        add(PUT, key, at, { view, start, length });
      },
      longPut: (key, at, external) => {
        if (!this.#isKnown(at)) return;
        this.#valuePages.add(external.firstPage);
        const position = at.toBigInt();
        const reading = readExtent(this.census, { table, keyLength: key.keyLength, position }, external);
        if ('value' in reading) {
          const { value } = reading;
          const view = new DataView(value.buffer, value.byteOffset, value.length);
          add(PUT, key, at, { view, start: 0, length: value.length });
          return;
        }
        add(LOST, key, at);
        const fromKey = copyOf(key);
        const positions = { fromPosition: position, toPosition: position };
        this.losses.add({
          kind: 'value',
          table,
          fromKey,
          toKey: keyAfter(fromKey),
          ...positions,
          pages: reading.badPages,
        });
      },
      delete: (key, at) => {
        add(DELETE, key, at);
      },
      entry: (key) => {
        this.sorter.add(ENTRY, words, key, ZERO);
      },
      next: (key, at) => {
        add(NEXT, key, at);
      },
      older: (key, at) => {
        add(OLDER, key, at);
      },
    };
  }

  /** What comes after the applied position was never committed. */
  #isKnown(at: U64): boolean {
    if (this.applied !== undefined && at.compare(this.applied) > 0) return false;
    if (at.compare(this.highest) > 0) this.highest = at;
    return at.compare(ZERO) > 0;
  }
}

function copyOf({ view, keyStart, keyLength }: KeyRef): Buffer {
  return Buffer.from(new Uint8Array(view.buffer, view.byteOffset + keyStart, keyLength));
}
