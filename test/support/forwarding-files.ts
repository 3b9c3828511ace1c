/** File systems around the one in memory, that do one thing differently. */
import type { FileMode, FileSystem, FileHandle } from '../../src/engine/index.js';
import { PAGE_SIZE } from '../../src/engine/format/layout.js';
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

  link(from: string, to: string): void {
    this.inner.link(from, to);
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

/** Puts the new superblock in its place while the journal is being completed, not when it is on disk. */
export class HastyFiles extends ForwardingFiles {
  constructor(
    inner: MemoryFiles,
    private readonly storePath: string,
  ) {
    super(inner);
  }

  override open(path: string, mode: FileMode): FileHandle {
    const file = this.inner.open(path, mode);
    if (path !== `${this.storePath}-journal`) return file;
    const write = file.write.bind(file);
    file.write = (buffer, offset, length, position) => {
      // The journal begins with its header, the superblock page before, and the one after.
      if (position === 0) this.#writeSuperblock(buffer, offset + 2 * PAGE_SIZE);
      write(buffer, offset, length, position);
    };
    return file;
  }

  #writeSuperblock(buffer: Uint8Array, offset: number): void {
    const store = this.inner.open(this.storePath, 'write');
    store.write(buffer, offset, PAGE_SIZE, 0);
    store.close();
  }
}
