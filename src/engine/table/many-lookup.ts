/**
 * Looks up many keys in their order, leaf by leaf (`LeafSweep`): first the entries of some neighbouring leaves, then
 * their older events. Only what a leaf does not tell is looked up key by key.
 */
import type { KeyRef } from '../bytes/bytes.js';
import type { U64 } from '../bytes/u64.js';
import type { Frame } from '../cache/frame.js';
import type { Table } from '../catalogue/table.js';
import { isDamage, StoreError } from '../errors.js';
import { findKey } from '../format/items.js';
import { HISTORY_SUFFIX } from '../format/page-types.js';
import type { PageReader } from '../pager/page-reader.js';
import { LeafSweep, type SweptKeys } from '../tree/leaf-sweep.js';
import { isEmptyTree } from '../tree/root.js';
import { ELSEWHERE, IN_EXTENT, IN_PLACE } from './lent-row.js';
import type { PackedKeys } from './packed-keys.js';
import type { ValueSpan, VersionReader } from './table-format.js';
import { ValueArena } from './value-arena.js';

/** What many keys are looked up in. */
export interface LookupSource {
  readonly pages: PageReader;
  readonly versions: VersionReader;
  readonly at: U64;
  /** The table as it is now. */
  readonly table: () => Table | undefined;
  /** Takes the values, by the numbers of their keys and from `offset` on. */
  readonly values: (Uint8Array | undefined)[];
  readonly offset: number;
  /** Looks up one key, by a path of its own, and says what is wrong where something is. */
  readonly value: (number: number) => Uint8Array | undefined;
}

export class ManyLookup {
  #next = 0;
  readonly #key: KeyRef;
  /** Which keys, by their rank, have been answered. */
  readonly #answered: Uint8Array;
  /** The ranks of keys whose older events are to be looked at, and of those that are looked up by themselves. */
  readonly #older: number[] = [];
  readonly #alone: number[] = [];
  readonly #leaves: LeafSweep;
  readonly #runs: LeafSweep;
  readonly #span: ValueSpan = { start: 0, length: 0 };
  readonly #arena = new ValueArena();

  /** @param keepsMax so many pages may stay in the cache that are read with others */
  constructor(
    private readonly keys: PackedKeys,
    private readonly source: LookupSource,
    keepsMax: number,
  ) {
    const { length } = keys;
    this.#answered = new Uint8Array(length);
    this.#key = { view: new DataView(new ArrayBuffer(0)), keyStart: 0, keyLength: 0 };
    const giveUp = (rank: number): void => void this.#alone.push(rank);
    this.#leaves = this.#sweepFor(this.#entryKeys(), this.#lookAtEntries, giveUp, keepsMax);
    const giveUpOlder = (index: number): void => giveUp(this.#older[index] as number);
    this.#runs = this.#sweepFor(this.#runKeys(), this.#lookAtRuns, giveUpOlder, keepsMax);
  }

  /** The rank of the first key that is not looked up yet. */
  get next(): number {
    return this.#next;
  }

  /** Looks all keys up. @throws StoreError what `value` of the source throws, damage on the way to leaves */
  run(): void {
    const belowNext = (): number => this.#below(this.#next);
    while (this.#next < this.keys.length) this.#next = this.source.pages.retryOnChange(belowNext);
  }

  /** Looks up the keys below one parent; gives the rank of the first key past them. */
  #below(from: number): number {
    const table = this.source.table();
    if (table === undefined || isEmptyTree(table.tree)) return this.keys.length;
    this.#older.length = 0;
    this.#alone.length = 0;
    const end = this.#leaves.below(table.tree, from, this.keys.length);
    this.#lookForOlder(table);
    // Of several that are damaged the first is told, as in key by key.
    for (const rank of this.#alone.sort(ascending)) this.#answer(rank, this.source.value(this.#number(rank)));
    return end;
  }

  #lookForOlder({ history }: Table): void {
    const older = this.#older.sort(ascending);
    let next = 0;
    try {
      if (!isEmptyTree(history)) while (next < older.length) next = this.#runs.below(history, next, older.length);
    } catch (error) {
      if (!(error instanceof StoreError) || !isDamage(error)) throw error;
    }
    for (; next < older.length; next++) this.#alone.push(older[next] as number);
  }

  readonly #lookAtEntries = (leaf: Frame, from: number, to: number): void => {
    const { versions, at } = this.source;
    for (let rank = from; rank < to; rank++) {
      if (this.#answered[rank] === 1) continue;
      const index = findKey(leaf, this.#point(rank, 0));
      if (index < 0) this.#answer(rank, undefined);
      else if (this.#take(leaf, rank, versions.locate(leaf, index, at, this.#span)) === ELSEWHERE)
        this.#older.push(rank);
    }
  };

  readonly #lookAtRuns = (leaf: Frame, from: number, to: number): void => {
    const { versions, at } = this.source;
    for (let index = from; index < to; index++) {
      const rank = this.#older[index] as number;
      if (this.#answered[rank] === 1) continue;
      const key = this.#point(rank, HISTORY_SUFFIX);
      if (this.#take(leaf, rank, versions.locateOlder(leaf, key, at, this.#span)) === ELSEWHERE) this.#alone.push(rank);
    }
  };

  /** Takes the value of a key where it was located; gives where that is. */
  #take<Located extends ReturnType<VersionReader['locate']>>(leaf: Frame, rank: number, located: Located): Located {
    if (located === IN_EXTENT) this.#readValue(rank);
    else if (located === IN_PLACE) this.#answer(rank, this.#arena.copy(leaf, this.#span.start, this.#span.length));
    else if (located !== ELSEWHERE) this.#answer(rank, undefined);
    return located;
  }

  #readValue(rank: number): void {
    try {
      this.#answer(rank, this.source.versions.value());
    } catch (error) {
      if (!(error instanceof StoreError) || !isDamage(error)) throw error;
      this.#alone.push(rank);
    }
  }

  #answer(rank: number, value: Uint8Array | undefined): void {
    this.source.values[this.source.offset + this.#number(rank)] = value;
    this.#answered[rank] = 1;
  }

  #number(rank: number): number {
    return this.keys.order[rank] as number;
  }

  /** The key of a rank, and so many bytes after it. */
  #point(rank: number, suffix: number): KeyRef {
    this.keys.point(this.#key, this.#number(rank));
    this.#key.keyLength += suffix;
    return this.#key;
  }

  #sweepFor(
    keys: SweptKeys,
    visit: (leaf: Frame, from: number, to: number) => void,
    giveUp: (index: number) => void,
    keepsMax: number,
  ): LeafSweep {
    const giveUpAll = (from: number, to: number): void => {
      for (let index = from; index < to; index++) if (!keys.isAnswered(index)) giveUp(index);
    };
    return new LeafSweep(this.source.pages, keys, visit, giveUpAll, keepsMax);
  }

  #entryKeys(): SweptKeys {
    return { at: (rank) => this.#point(rank, 0), isAnswered: (rank) => this.#answered[rank] === 1 };
  }

  #runKeys(): SweptKeys {
    return {
      at: (index) => this.#point(this.#older[index] as number, HISTORY_SUFFIX),
      isAnswered: (index) => this.#answered[this.#older[index] as number] === 1,
    };
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}
