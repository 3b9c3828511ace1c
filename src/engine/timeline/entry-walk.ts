/**
 * Walks the entries of a table, visible or not, in key order: for questions about several positions at once. Leaves
 * that say that nothing on them is later than a position are passed over.
 */
import { U64 } from '../bytes/u64.js';
import type { Frame } from '../cache/frame.js';
import type { Table } from '../catalogue/table.js';
import type { Page } from '../format/page.js';
import type { PageReader } from '../pager/page-reader.js';
import { tableFormatOf, type VersionReader, type WithEntry } from '../table/table-format.js';
import type { RowVersion } from '../table/versions.js';
import { TreeCursor } from '../tree/cursor.js';
import type { KeySpan, StoreView } from './view.js';

/** Leaves passed over between two steps. */
const LEAVES_PER_STEP = 64;

/** What entries are walked. */
export interface EntryRange extends KeySpan {
  /** The oldest position that is asked about: the table must still know it. */
  readonly at: bigint;
  /** Entries of which all is of this position or older need not come. */
  readonly since: bigint;
  readonly reverse?: boolean;
}

export class EntryWalk {
  readonly #pages: PageReader;
  readonly #table: () => Table | undefined;
  readonly #items: TreeCursor;
  readonly #versions: VersionReader;
  readonly #since: U64;
  /** The leaf that was looked at last, and the state of the tree then. */
  #leafId = -1;
  #generation = -1;

  constructor(view: StoreView, table: bigint, { from, to, at, since, reverse = false }: EntryRange) {
    const words = U64.from(at);
    this.#pages = view.pages;
    this.#table = () => view.tableAt(table, words);
    this.#items = new TreeCursor(view.pages, () => this.#table()?.tree, { from, to, reverse });
    this.#versions = tableFormatOf(view.pages.format).reader(view.pages, this.#table);
    this.#since = U64.from(since);
  }

  /** Whether the table has changed since the position from which on changes are asked for, as far as it is recorded. */
  mayHaveChanged(): boolean {
    return this.#pages.retryOnChange(() => {
      const counts = this.#table()?.counts;
      return counts === undefined || U64.from(counts.lastChanged).compare(this.#since) > 0;
    });
  }

  /**
   * Goes on to the next entry.
   *
   * @returns false at the end; undefined when it is not known yet
   * @throws StoreError damage, `SNAPSHOT_GONE`, `IO_ERROR`
   */
  next(): boolean | undefined {
    const leaf = this.#pages.retryOnChange(() => this.#items.next());
    if (leaf === undefined) return false;
    if (!this.#isUnchanged(leaf)) return true;
    this.#pages.retryOnChange(() => {
      if (this.#items.isUnchanged) this.#items.skipLeaf(leaf, this.#saysUnchanged, LEAVES_PER_STEP);
    });
    return undefined;
  }

  /** A copy of the key of the entry. */
  key(): Buffer {
    return this.#items.key();
  }

  /**
   * The version of the entry that is visible at a position; undefined when none is.
   *
   * @param after its value is not wanted when it was created at this position or earlier: then it is undefined
   */
  versionAt(
    at: U64,
    after: bigint,
  ): { readonly createdAt: bigint; readonly value: Uint8Array | undefined } | undefined {
    return this.withEntry((leaf, index) => {
      if (!this.#versions.find(leaf, index, at)) return undefined;
      const { createdAt } = this.#versions.lifetime(at);
      return { createdAt, value: createdAt > after ? this.#versions.value() : undefined };
    });
  }

  /**
   * The versions of the entry up to a position, newest first, or the oldest first.
   *
   * @param applied an end beyond this is not known yet
   */
  versions(upTo: U64, reverse = false, applied = upTo): Generator<RowVersion, undefined> {
    return tableFormatOf(this.#pages.format).versions(this.#pages, this.#table, this.withEntry, {
      at: upTo,
      applied,
      reverse,
    });
  }

  /** Calls back with the leaf and the index of the entry, where they are now. */
  readonly withEntry: WithEntry = (found) =>
    this.#pages.retryOnChange(() => found(this.#items.leaf(), this.#items.index));

  #isUnchanged(leaf: Frame): boolean {
    if (leaf.pageId === this.#leafId && this.#generation === this.#pages.generation) return false;
    this.#leafId = leaf.pageId;
    this.#generation = this.#pages.generation;
    return this.#saysUnchanged(leaf);
  }

  readonly #saysUnchanged = (leaf: Page): boolean => !this.#pages.format.pages.changedAfter(leaf, this.#since);
}
