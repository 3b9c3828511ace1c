/**
 * A tree of bytes by itself, without versions, tables or a log: `TreeWriter` and `TreeCursor` over a pager whose files
 * are in memory. Its format accepts any bytes after a key.
 */
import type { Frame } from '../../src/engine/cache/frame.js';
import { StoreFile } from '../../src/engine/pager/store-file.js';
import { Pager } from '../../src/engine/pager/pager.js';
import { keyRef } from '../../src/engine/bytes/bytes.js';
import { FORMAT_1 } from '../../src/engine/format/v1/format.js';
import { ZERO_HASH } from '../../src/engine/log/hash-chain.js';
import { findKey } from '../../src/engine/format/items.js';
import { findPageFault, pageFaults, type PageRules } from '../../src/engine/format/page-check.js';
import type { StoreFormat } from '../../src/engine/format/store-format.js';
import { U64 } from '../../src/engine/bytes/u64.js';
import { runSteps } from '../../src/engine/steps.js';
import { type KeyBounds, TreeCursor } from '../../src/engine/tree/cursor.js';
import { TABLE_TREE } from '../../src/engine/format/page-types.js';
import { emptyTree, isEmptyTree, type TreeRoot } from '../../src/engine/tree/root.js';
import { TreeWriter } from '../../src/engine/tree/writer.js';
import { MemoryFiles } from './memory-files.js';
import { STORE_PATH } from './memory-store.js';

const OWN_LOCK = { id: '1-1', isHeld: () => true };
const RULES: PageRules = {
  version: FORMAT_1.version,
  types: new Set([0, 1]),
  findIdentityFault: () => undefined,
  findEntryFault: () => undefined,
};

const ANY_BYTES: StoreFormat = {
  ...FORMAT_1,
  pages: {
    ...FORMAT_1.pages,
    findFault: (page, place) => findPageFault(page, RULES, place),
    faults: (page, place) => pageFaults(page, RULES, place),
  },
};

/** Key length, key, and whatever follows. */
export function itemOf(key: Buffer, rest: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(key.length);
  return Buffer.concat([length, key, rest]);
}

export class ByteTree {
  readonly root: TreeRoot = emptyTree(1n, TABLE_TREE);
  readonly pager: Pager;
  #writer: TreeWriter;
  #last: Buffer | undefined;

  /** @param Writer the writer under test, or one with a planted fault */
  constructor(
    cachePages: number,
    private readonly Writer: typeof TreeWriter = TreeWriter,
  ) {
    const files = new MemoryFiles();
    this.pager = new Pager(files, StoreFile.create(files, STORE_PATH, OWN_LOCK), ANY_BYTES, undefined, 1, {
      cachePages,
    });
    this.#writer = new Writer(this.pager, this.root);
  }

  /** Changes made by `work` stay, or are rolled back. */
  savepoint(work: () => void, keep: boolean): void {
    const { root, height } = this.root;
    this.pager.beginSavepoint(U64.from(1n));
    work();
    if (keep) {
      this.pager.releaseSavepoint();
      return;
    }
    this.pager.rollBack();
    Object.assign(this.root, { root, height });
    this.#writer = new this.Writer(this.pager, this.root);
  }

  /** Inserts an item, or replaces the one that has its key. */
  put(key: Buffer, item: Buffer): void {
    if (isEmptyTree(this.root)) this.#writer.createRoot();
    const leaf = this.#seek(key);
    const index = findKey(leaf, keyRef(key));
    const bytes = { view: keyRef(item).view, offset: 0, length: item.length };
    if (index < 0) this.#writer.insert(leaf, ~index, bytes);
    else this.#writer.replace(leaf, index, bytes);
  }

  /** Removes the item with a key, when there is one. */
  remove(key: Buffer): void {
    if (isEmptyTree(this.root)) return;
    const leaf = this.#seek(key);
    const index = findKey(leaf, keyRef(key));
    if (index > 0) this.#writer.remove(leaf, index);
  }

  cursor(range: KeyBounds): TreeCursor {
    return new TreeCursor(this.pager, () => this.root, range);
  }

  commit(): void {
    const { root, height } = this.root;
    const tables = height === 0 ? [] : [{ id: 1n, root: BigInt(root), height }];
    runSteps(this.pager.commit({ appliedPosition: 0n, appliedHash: ZERO_HASH, tables }));
  }

  #seek(key: Buffer): Frame {
    if (this.#last === undefined || Buffer.compare(key, this.#last) < 0) this.#writer.forget();
    this.#last = key;
    return this.#writer.seek(keyRef(key));
  }
}

/** The bytes of the item that a cursor is on, which `next` gave the leaf of. */
export function itemAt(leaf: Frame, index: number): Buffer {
  const start = leaf.itemOffset(index);
  return Buffer.from(leaf.bytes.subarray(start, start + leaf.itemLength(index)));
}
