/** Looks up values of keys, with what that takes made once. */
import { type KeyRef, keyRef } from '../bytes/bytes.js';
import type { U64 } from '../bytes/u64.js';
import type { Frame } from '../cache/frame.js';
import type { Table } from '../catalogue/table.js';
import { findKey } from '../format/items.js';
import { MAX_KEY_LENGTH } from '../format/layout.js';
import type { PageReader } from '../pager/page-reader.js';
import { keyFacts, withKeys } from '../tree/damaged-keys.js';
import { TreePath } from '../tree/path.js';
import { isEmptyTree } from '../tree/root.js';
import { ManyLookup } from './many-lookup.js';
import { PackedKeys } from './packed-keys.js';
import { tableFormatOf, type VersionReader } from './table-format.js';

/** Bytes of keys that are packed together, to be looked up in their order. */
const PORTION_BYTES = 64 * 1024 * 1024;
/** A call keeps at most this share of the cache of what it reads in runs, so that none is much slower for it. */
const KEPT_SHARE = 16;

/** Gives a table as it is now. @throws StoreError `POSITION_FORGOTTEN` */
export type TableAt = (id: bigint, at: U64) => Table | undefined;

export class KeyLookup {
  readonly #versions: VersionReader;
  #table: Table | undefined;
  #path: TreePath | undefined;
  #generation = -1;
  /** Calls for many keys. What is read once only need not be kept: to touch the memory for it takes longer. */
  #calls = 0;
  /** The key that is looked for: bytes of its own, so that no view is made for each. */
  readonly #bytes = new Uint8Array(MAX_KEY_LENGTH);
  readonly #key: KeyRef = keyRef(this.#bytes);
  readonly #find = (): Uint8Array | undefined => this.#findIn(this.#seek());
  readonly #findRow = (): boolean => this.#hasRowIn(this.#seek());

  /** @param at the position whose values are looked for */
  constructor(
    private readonly pages: PageReader,
    private readonly tableAt: TableAt,
    private readonly tableId: bigint,
    private readonly at: U64,
  ) {
    this.#versions = tableFormatOf(pages.format).reader(pages, () => this.#table);
  }

  /** Whether it is for a table and a position. */
  isFor(table: bigint, at: U64): boolean {
    return this.tableId === table && this.at.compare(at) === 0;
  }

  /** A copy of the value of a key. @throws StoreError `POSITION_FORGOTTEN`, damage, `IO_ERROR` */
  value(key: Uint8Array): Uint8Array | undefined {
    return this.#look(key, this.#find);
  }

  /** Whether a key has a value, without a copy of it. @throws StoreError as `value` */
  has(key: Uint8Array): boolean {
    return this.#look(key, this.#findRow) === true;
  }

  /** The values of many keys, in the order that was asked for. @throws StoreError as `value` */
  values(keys: readonly Uint8Array[]): (Uint8Array | undefined)[] {
    const keepsMax = this.#calls++ === 0 ? 0 : this.pages.cache.capacity / KEPT_SHARE;
    const values = new Array<Uint8Array | undefined>(keys.length).fill(undefined);
    let offset = 0;
    for (const end of portionsOf(keys)) {
      this.#lookUp(offset === 0 && end === keys.length ? keys : keys.slice(offset, end), values, offset, keepsMax);
      offset = end;
    }
    return values;
  }

  #lookUp(keys: readonly Uint8Array[], values: (Uint8Array | undefined)[], offset: number, keepsMax: number): void {
    const { pages, at } = this;
    const packed = new PackedKeys(keys, at);
    const value = (number: number): Uint8Array | undefined => this.value(keys[number] as Uint8Array);
    const source = { pages, at, versions: this.#versions, table: () => this.#renew(), values, offset, value };
    const lookup = new ManyLookup(packed, source, keepsMax);
    try {
      lookup.run();
    } catch (error) {
      throw withKeys(error, () => keyFacts(this.tableId, keys[packed.order[lookup.next] as number] as Uint8Array));
    }
  }

  #look<Found>(key: Uint8Array, find: () => Found | undefined): Found | undefined {
    const { length } = key;
    if (length > MAX_KEY_LENGTH) return undefined;
    for (let index = 0; index < length; index++) this.#bytes[index] = key[index] as number;
    this.#key.keyLength = length;
    try {
      return this.pages.retryOnChange(find);
    } catch (error) {
      throw withKeys(error, () => keyFacts(this.tableId, key));
    }
  }

  #findIn(leaf: Frame | undefined): Uint8Array | undefined {
    return this.#hasRowIn(leaf) ? this.#versions.value() : undefined;
  }

  /** Whether the leaf has a row of the key: the versions are then on it. */
  #hasRowIn(leaf: Frame | undefined): boolean {
    if (leaf === undefined) return false;
    const index = findKey(leaf, this.#key);
    return index >= 0 && this.#versions.find(leaf, index, this.at);
  }

  /** Goes down to the leaf that the key belongs to; undefined where the table has none. */
  #seek(): Frame | undefined {
    this.#renew();
    return this.#path?.seek(this.#key);
  }

  /** Looks up the table again where its pages may have moved. */
  #renew(): Table | undefined {
    if (this.#generation === this.pages.generation) return this.#table;
    this.#table = this.tableAt(this.tableId, this.at);
    const tree = this.#table?.tree;
    this.#path = tree === undefined || isEmptyTree(tree) ? undefined : new TreePath(this.pages, tree);
    this.#generation = this.pages.generation;
    return this.#table;
  }
}

/** The ends of portions of keys whose bytes are packed together; each has one key or more. */
function portionsOf(keys: readonly Uint8Array[]): number[] {
  const ends: number[] = [];
  let bytes = 0;
  for (let index = 0; index < keys.length; index++) {
    const { length } = keys[index] as Uint8Array;
    bytes += length;
    if (bytes > PORTION_BYTES && index > 0) {
      ends.push(index);
      bytes = length;
    }
  }
  return keys.length === 0 ? ends : [...ends, keys.length];
}
