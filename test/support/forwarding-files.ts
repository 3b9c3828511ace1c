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

/** A sync of a commit: of the store's file, of its journal, of the directory; the how-manieth of its kind, from 1. */
export type SyncName = `${'store' | 'journal' | 'directory'} ${1 | 2}`;

/** Leaves out some syncs of every commit: a store that is deliberately not crash-safe. */
export class ForgetfulFiles extends ForwardingFiles {
  readonly #seen = new Map<string, number>();
  #commits = 0;

  constructor(
    inner: MemoryFiles,
    private readonly storePath: string,
    private readonly forgets: readonly SyncName[],
    /** The first commit in which it forgets; 1 is the one that makes the store. */
    private readonly fromCommit = 2,
  ) {
    super(inner);
  }

  /** To be called before each commit. */
  commitBegins(): void {
    this.#seen.clear();
    this.#commits += 1;
  }

  override open(path: string, mode: FileMode): FileHandle {
    const file = this.inner.open(path, mode);
    const kinds = new Map([
      [this.storePath, 'store'],
      [`${this.storePath}-journal`, 'journal'],
    ]);
    const kind = kinds.get(path);
    const sync = file.sync.bind(file);
    if (kind !== undefined) file.sync = () => void (this.#isForgotten(kind) || sync());
    return file;
  }

  override syncDirectory(path: string): void {
    if (!this.#isForgotten('directory')) super.syncDirectory(path);
  }

  #isForgotten(kind: string): boolean {
    const count = (this.#seen.get(kind) ?? 0) + 1;
    this.#seen.set(kind, count);
    return this.#commits >= this.fromCommit && this.forgets.some((name) => name === `${kind} ${count}`);
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
      // The journal begins with its header, the superblock page before, and the one after.
      if (position === 0 && length > PAGE_SIZE) {
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
