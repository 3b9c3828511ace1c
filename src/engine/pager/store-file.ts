/** The store's file: opened, or made under a temporary name and published with the first commit. */
import { randomBytes } from 'node:crypto';
import { StoreError } from '../errors.js';
import type { FileSystem, FileHandle } from '../file/files.js';
import { encodeOpenPage } from '../journal/format.js';
import { PAGE_SIZE } from '../format/layout.js';
import { PageFile } from './page-file.js';
import { createNamelessFile, createSideFile, type HeldLock, NEW, journalPath } from '../journal/side-files.js';
import { checkPath, replacedStore } from './still-ours.js';
import { namingStore, openStoreFile } from './store-name.js';

const RANDOM_BYTES = 6;

/**
 * The store's own file. A store that is being made has a temporary name beside its final one until its first
 * commit is on disk, so that there is never half a store; then it is linked into place, which fails if somebody else
 * was faster.
 */
export class StoreFile {
  #file: FileHandle | undefined;
  #pages: PageFile | undefined;
  /** Under which name the file exists as long as it is not published. */
  #unpublished: string | undefined;
  /**
   * Bytes of the file as of the last commit: what is past it was written since, and is cut off unless the next commit
   * keeps it.
   */
  #committedSize = 0;
  /** Whether the file was written since it was last synced, and how long it was then. */
  #unsynced = false;
  #syncedSize = 0;
  #closed = false;
  /**
   * Page 0 as it was opened, or as the last commit that is in place made it; undefined for a store that is being made,
   * or that is only read.
   */
  base: Buffer | undefined;

  private constructor(
    private readonly files: FileSystem,
    readonly path: string,
    /** The lock of the writer; undefined for a store that is only read. */
    readonly lock: HeldLock | undefined,
    /** Which file has the path, and gives it to this one; undefined where nothing may have it. */
    private readonly replaced?: string,
  ) {}

  /**
   * @param lock of a store that is to be written
   * @throws StoreError `STORE_NOT_FOUND`, `NOT_A_STORE`, `IO_ERROR`, to be written only `STORE_HAS_LINKS`,
   *   `STORE_IS_MOUNT_POINT`
   */
  static open(files: FileSystem, path: string, lock?: HeldLock): StoreFile {
    const storeFile = new StoreFile(files, path, lock);
    const file = openStoreFile(files, path, lock === undefined ? 'read' : 'write');
    try {
      if (lock !== undefined) checkNames(files, path);
      storeFile.#committedSize = file.size();
      storeFile.#syncedSize = storeFile.#committedSize;
    } catch (error) {
      file.close();
      throw error;
    }
    storeFile.#file = file;
    return storeFile;
  }

  /**
   * A store to be made: there is no file before its first page is written.
   *
   * @param replaced the identity of the file whose place it takes; its owner and mode are kept
   */
  static create(files: FileSystem, path: string, lock: HeldLock, replaced?: string): StoreFile {
    return new StoreFile(files, path, lock, replaced);
  }

  /** @throws StoreError `STORE_CLOSED`, of a store that is being made `IO_ERROR` */
  file(): FileHandle {
    this.#checkOpen();
    if (this.#file === undefined) {
      this.#unpublished = temporaryPath(this.path, NEW);
      this.#file = createSideFile(this.files, this.#unpublished, this.lockId);
      // Before anything of the store is in it, so that nobody can read more than before.
      if (this.replaced !== undefined) this.files.copyOwner(this.path, this.#unpublished);
    }
    return this.#file;
  }

  /** The id of the writer's lock. */
  get lockId(): string {
    return this.lock?.id ?? '';
  }

  /** Fills `into` with a page; gives how many bytes of it there were. */
  readPage(pageId: number, into: Buffer): number {
    return this.#pageFile().read(pageId, into);
  }

  /** Fills `into` with neighbouring pages; gives how many bytes of them there were. */
  readPages(first: number, count: number, into: Buffer): number {
    this.flush();
    return this.file().read(into, 0, count * PAGE_SIZE, first * PAGE_SIZE);
  }

  /** Takes a page; it is on its way to the file with the next `flush` at the latest. */
  writePage(pageId: number, bytes: Buffer): void {
    this.#unsynced = true;
    this.#pageFile().write(pageId, bytes);
  }

  flush(): void {
    this.#pages?.flush();
  }

  /** Bytes of the file when it was opened or last committed. */
  get committedSize(): number {
    return this.#committedSize;
  }

  /** Whether the store has its name: one that is being made has not. */
  get isPublished(): boolean {
    return this.#file !== undefined && this.#unpublished === undefined;
  }

  /**
   * Makes the journal's file. Beside a store that is being made no journal is needed, only room: a file whose name is
   * removed at once, so that no crash leaves it behind.
   */
  createJournal(): FileHandle {
    this.#checkOpen();
    const { files } = this;
    if (!this.isPublished) return createNamelessFile(files, temporaryPath(this.path, 'spill'), this.lockId);
    checkPath(this);
    const path = journalPath(this.path);
    const file = createSideFile(files, path, this.lockId);
    try {
      files.copyOwner(this.path, path);
      return file;
    } catch (error) {
      file.close();
      files.unlink(path);
      throw error;
    }
  }

  /** Whether the journal's name leads to the file with this identity. */
  hasJournal(identity: string): boolean {
    return this.files.identity(journalPath(this.path)) === identity;
  }

  /** Removes the journal's name, if it is still that of this file. @param identity of the journal's file */
  unlinkJournal(identity: string): void {
    if (this.hasJournal(identity)) this.files.unlink(journalPath(this.path));
  }

  /** The temporary name of a store that is being made; undefined when it has its own. */
  get temporaryPath(): string | undefined {
    return this.#unpublished;
  }

  /** What has the name of this store now. */
  pathLeadsTo(): 'this file' | 'another file' | 'nothing' {
    const found = this.files.identity(this.path);
    if (found === undefined) return 'nothing';
    return found === this.file().identity() ? 'this file' : 'another file';
  }

  /** Whether page 0 is still what it was last made. */
  hasBase(): boolean {
    const page = Buffer.alloc(PAGE_SIZE);
    const read = this.file().read(page, 0, PAGE_SIZE, 0);
    return this.base?.equals(page.subarray(0, read)) === true;
  }

  /** Makes durable what was written; nothing, when nothing was. */
  sync(): void {
    if (!this.#unsynced) return;
    this.file().sync();
    this.#unsynced = false;
    this.#syncedSize = this.file().size();
  }

  /** Whether the file was written since it was last synced. */
  get isUnsynced(): boolean {
    return this.#unsynced;
  }

  /** Bytes that the file has on disk, whatever a crash takes. Nothing was written since it was synced. */
  get syncedSize(): number {
    return this.#syncedSize;
  }

  /** Cuts off or fills up with zeros: what a batch that failed wrote past the end is not part of the store. */
  setLength(bytes: number): void {
    if (this.file().size() === bytes) return;
    this.#unsynced = true;
    this.file().truncate(bytes);
  }

  /**
   * The new pages are on disk, and what follows makes older ones point to them: from here on the file keeps its
   * length, even when the commit fails later.
   */
  setCommittedLength(bytes = this.file().size()): void {
    this.#committedSize = bytes;
  }

  /** Writes the open page past the last page of a store that is being made. */
  markTemporary(pageCount: number): void {
    this.flush();
    this.#unsynced = true;
    this.file().write(encodeOpenPage(this.lockId), 0, PAGE_SIZE, pageCount * PAGE_SIZE);
  }

  /**
   * Gives a new store, whole and synced, its name.
   *
   * @throws StoreError `STORE_EXISTS` when somebody else was faster, `STORE_REPLACED` when the file whose place it is
   *   to take is not there any more
   */
  publish(): void {
    const unpublished = this.#unpublished;
    if (unpublished === undefined) return;
    if (this.replaced === undefined) {
      namingStore(() => this.files.link(unpublished, this.path));
      return;
    }
    if (this.files.identity(this.path) !== this.replaced) throw replacedStore(this.path, 'was replaced or removed');
    this.files.rename(unpublished, this.path);
    this.#unpublished = undefined;
  }

  /** Takes the temporary name of a new store away, and makes its own durable. */
  finishPublishing(): void {
    if (this.#unpublished !== undefined) this.files.unlink(this.#unpublished);
    this.#unpublished = undefined;
    this.files.syncDirectory(this.path);
  }

  /** Cuts off what was written past the committed end, where nothing points to it. */
  discardTail(): void {
    this.#pages?.discard();
    if (this.#file === undefined || this.lock === undefined || this.#unpublished !== undefined) return;
    if (this.#file.size() <= this.#committedSize) return;
    // What another has written meanwhile is not ours to cut.
    if (this.lock.isHeld() && this.hasBase()) this.setLength(this.#committedSize);
  }

  /** Takes back what was written since the last commit, and lets go of the file. */
  close(): void {
    const file = this.#file;
    if (file === undefined) {
      this.#closed = true;
      return;
    }
    try {
      this.discardTail();
      if (this.#unpublished !== undefined) this.files.unlink(this.#unpublished);
    } finally {
      this.#closed = true;
      this.#unpublished = undefined;
      this.#file = undefined;
      file.close();
    }
  }

  /** Steps that go on after the store was closed must not make its files again: another writer may be at work. */
  #checkOpen(): void {
    if (this.#closed) throw new StoreError('STORE_CLOSED', `the store ${this.path} is closed`);
  }

  #pageFile(): PageFile {
    this.#checkOpen();
    return (this.#pages ??= new PageFile(this.file()));
  }
}

/** A name beside a store that nobody else uses. */
export function temporaryPath(storePath: string, purpose: string): string {
  return `${storePath}-${purpose}-${randomBytes(RANDOM_BYTES).toString('hex')}`;
}

/**
 * A writer is kept from others, and found by readers, by files beside one name of the store, in the folder that holds
 * it.
 */
function checkNames(files: FileSystem, path: string): void {
  if (files.isMountPoint(path)) {
    const message = `${path} is mounted by itself: its journal and its lock would stay behind when it is used elsewhere`;
    throw new StoreError('STORE_IS_MOUNT_POINT', message, { path }, 'mount the folder that the store is in');
  }
  const names = files.linkCount(path);
  if (names <= 1) return;
  const message = `${path} is a file with ${names} names (hard links), and writers under different ones would not see each other`;
  throw new StoreError('STORE_HAS_LINKS', message, { path, names }, 'copy the store, and write the copy');
}
