/** File systems around the one in memory, that do one thing differently. */
import type { FileMode, FileSystem, FileHandle } from '../../src/engine/index.js';
import { PAGE_SIZE } from '../../src/engine/format/layout.js';
import { PAGE_TYPE } from './format2/layout.js';
import { decodeSuperblock } from './format2/superblock.js';
import type { MemoryFiles } from './memory-files.js';

/** Does what the inner one does. */
export class ForwardingFiles implements FileSystem {
  constructor(
    protected readonly inner: FileSystem,
    readonly processes = inner.processes,
  ) {}

  open(path: string, mode: FileMode): FileHandle {
    return this.inner.open(path, mode);
  }

  createTemporary(): FileHandle {
    return this.inner.createTemporary();
  }

  link(from: string, to: string): void {
    this.inner.link(from, to);
  }

  rename(from: string, to: string): void {
    this.inner.rename(from, to);
  }

  unlink(path: string): void {
    this.inner.unlink(path);
  }

  syncDirectory(path: string): void {
    this.inner.syncDirectory(path);
  }

  resolve(path: string): string | undefined {
    return this.inner.resolve(path);
  }

  resolveNewPath(path: string): string {
    return this.inner.resolveNewPath(path);
  }

  pathsBeginningWith(path: string): string[] {
    return this.inner.pathsBeginningWith(path);
  }

  copyOwner(from: string, to: string): void {
    this.inner.copyOwner(from, to);
  }

  linkCount(path: string): number {
    return this.inner.linkCount(path);
  }

  identity(path: string): string | undefined {
    return this.inner.identity(path);
  }

  isMountPoint(path: string): boolean {
    return this.inner.isMountPoint(path);
  }
}

/** What a sync makes durable. */
export type SyncName = 'new pages' | 'journal' | "journal's name" | 'pages in place' | 'removal' | "new store's name";

/** Leaves out some syncs: a store that is deliberately not crash-safe. */
export class ForgetfulFiles extends ForwardingFiles {
  /** Whether page 0 was written since the store was last synced: then its other pages were, too. */
  #isInPlace = false;
  /** Whether the store has been seen under its name. */
  #isMade = false;

  constructor(
    inner: MemoryFiles,
    private readonly storePath: string,
    private readonly forgets: readonly SyncName[],
  ) {
    super(inner);
  }

  override open(path: string, mode: FileMode): FileHandle {
    const file = this.inner.open(path, mode);
    const isStore = path === this.storePath;
    if (!isStore && path !== this.#journalPath) return file;
    const sync = file.sync.bind(file);
    const write = file.write.bind(file);
    file.write = (buffer, offset, length, position) => {
      if (isStore && position === 0) this.#isInPlace = true;
      write(buffer, offset, length, position);
    };
    file.sync = () => {
      const what = !isStore ? 'journal' : this.#isInPlace ? 'pages in place' : 'new pages';
      if (isStore) this.#isInPlace = false;
      if (!this.forgets.includes(what)) sync();
    };
    return file;
  }

  override syncDirectory(path: string): void {
    if (!this.forgets.includes(this.#madeDurableBy())) super.syncDirectory(path);
  }

  #madeDurableBy(): SyncName {
    if (this.inner.identity(this.#journalPath) !== undefined) return "journal's name";
    const isNew = !this.#isMade && this.inner.identity(this.storePath) !== undefined;
    this.#isMade ||= isNew;
    return isNew ? "new store's name" : 'removal';
  }

  get #journalPath(): string {
    return `${this.storePath}-journal`;
  }
}

/** Does something to the store just before the header of a journal is written: the commit point is still to come. */
abstract class BeforeHeader extends ForwardingFiles {
  constructor(
    inner: MemoryFiles,
    protected readonly storePath: string,
  ) {
    super(inner);
  }

  override open(path: string, mode: FileMode): FileHandle {
    const file = this.inner.open(path, mode);
    if (path !== `${this.storePath}-journal`) return file;
    const write = file.write.bind(file);
    file.write = (buffer, offset, length, position) => {
      // A segment begins with its header, the superblock page before, and the one after; nothing else is as long.
      if (length === 3 * PAGE_SIZE && isHeader(buffer, offset)) {
        const page = (nth: number): Buffer =>
          Buffer.from(buffer.subarray(offset + nth * PAGE_SIZE, offset + (nth + 1) * PAGE_SIZE));
        this.onHeader(page(1), page(2));
      }
      write(buffer, offset, length, position);
    };
    return file;
  }

  protected abstract onHeader(base: Buffer, next: Buffer): void;

  protected writePage(pageId: number, bytes: Buffer): void {
    const store = this.inner.open(this.storePath, 'write');
    store.write(bytes, 0, PAGE_SIZE, pageId * PAGE_SIZE);
    store.close();
  }
}

const isHeader = (buffer: Uint8Array, offset: number): boolean =>
  Buffer.from(buffer.subarray(offset, offset + 8)).toString() === 'VDBJOURN';

/** Puts the new superblock into one of its places while the journal is being completed, not when it is on disk. */
export class HastyFiles extends BeforeHeader {
  constructor(
    inner: MemoryFiles,
    storePath: string,
    private readonly pageId = 0,
  ) {
    super(inner, storePath);
  }

  protected override onHeader(_base: Buffer, next: Buffer): void {
    this.writePage(this.pageId, next);
  }
}

/** Writes to pages that a commit frees before it is complete: one commit too early. */
export class EarlyReuseFiles extends BeforeHeader {
  protected override onHeader(base: Buffer, next: Buffer): void {
    const free = freePagesOf(base);
    for (const pageId of freePagesOf(next))
      if (!free.has(pageId)) this.writePage(pageId, Buffer.alloc(PAGE_SIZE, 0xee));
  }
}

/** Those that a superblock of format 2 tells of itself. */
const freePagesOf = (superblock: Buffer): ReadonlySet<number> =>
  new Set(
    decodeSuperblock(superblock, 0).superblock?.records.flatMap((record) =>
      record.kind === 'free-map' ? record.pages : [],
    ),
  );

/** Leaves out the sync that comes first after the pages of a long value were written. */
export class ForgottenValues extends ForwardingFiles {
  constructor(
    inner: MemoryFiles,
    private readonly storePath: string,
  ) {
    super(inner);
  }

  override open(path: string, mode: FileMode): FileHandle {
    const file = this.inner.open(path, mode);
    if (path !== this.storePath) return file;
    const write = file.write.bind(file);
    const sync = file.sync.bind(file);
    let hasValues = false;
    file.write = (buffer, offset, length, position) => {
      for (let page = offset; page < offset + length; page += PAGE_SIZE) {
        if (Buffer.from(buffer.subarray(page, page + 4)).toString() === 'VDPG' && buffer[page + 5] === PAGE_TYPE.value)
          hasValues = true;
      }
      write(buffer, offset, length, position);
    };
    file.sync = () => {
      if (!hasValues) sync();
      hasValues = false;
    };
    return file;
  }
}
