import { randomBytes } from 'node:crypto';
import { StoreError } from '../errors.js';
import type { FileSystem, StoreFile } from '../file/files.js';
import { PageFile } from './page-file.js';

/** The name of a store's journal. */
export function journalPath(storePath: string): string {
  return `${storePath}-journal`;
}

/** What is put behind a store's name for one that is being made. */
const NEW = 'new';
const RANDOM_BYTES = 6;

/**
 * The store's own file. A store that is being made lives under a temporary name beside its place until its first
 * commit is on disk, so that there is never half a store; then it is linked into place, which fails if somebody else
 * was faster.
 */
export class HomeFile {
  #file: StoreFile | undefined;
  #pages: PageFile | undefined;
  /** Under which name the file exists as long as it is not published. */
  #unpublished: string | undefined;
  /**
   * Bytes of the file as of the last commit: what lies beyond was written since, and goes when there is no next one.
   */
  #committedSize = 0;
  /** Whether the file was written since it was last synced. */
  #unsynced = false;
  #closed = false;

  private constructor(
    private readonly files: FileSystem,
    readonly path: string,
    private readonly readOnly: boolean,
  ) {}

  /** @throws StoreError `STORE_NOT_FOUND`, `NOT_A_STORE`, `STORE_HAS_LINKS` (to be written only), `IO_ERROR` */
  static open(files: FileSystem, path: string, readOnly: boolean): HomeFile {
    const home = new HomeFile(files, path, readOnly);
    const file = files.open(path, readOnly ? 'read' : 'write');
    try {
      if (!readOnly) checkNames(files, path);
      home.#committedSize = file.size();
    } catch (error) {
      file.close();
      throw error;
    }
    home.#file = file;
    return home;
  }

  /** A store to be made: there is no file before its first page is written. */
  static create(files: FileSystem, path: string): HomeFile {
    return new HomeFile(files, path, false);
  }

  /** @throws StoreError `STORE_CLOSED`, of a store that is being made `IO_ERROR` */
  file(): StoreFile {
    this.#checkOpen();
    if (this.#file === undefined) {
      this.#unpublished = temporaryPath(this.path, NEW);
      this.#file = this.files.open(this.#unpublished, 'create');
    }
    return this.#file;
  }

  /** Fills `into` with a page; gives how many bytes of it there were. */
  readPage(pageId: number, into: Buffer): number {
    return this.#pageFile().read(pageId, into);
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
   * Makes the journal's file. Beside a store that is being made no journal is needed, only room: a file whose name goes at once, so that
   * no crash leaves it behind.
   */
  createJournal(): StoreFile {
    this.#checkOpen();
    const { files, isPublished } = this;
    const path = isPublished ? journalPath(this.path) : temporaryPath(this.path, 'spill');
    const file = files.open(path, 'create');
    try {
      if (isPublished) files.copyOwner(this.path, path);
      else files.unlink(path);
      return file;
    } catch (error) {
      file.close();
      files.unlink(path);
      throw error;
    }
  }

  /** Makes durable what was written; nothing, when nothing was. */
  sync(): void {
    if (!this.#unsynced) return;
    this.file().sync();
    this.#unsynced = false;
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
  keepLength(bytes = this.file().size()): void {
    this.#committedSize = bytes;
  }

  /** Gives a new store, whole and synced, its name. @throws StoreError `STORE_EXISTS` when somebody else was faster */
  giveName(): void {
    if (this.#unpublished !== undefined) this.files.link(this.#unpublished, this.path);
  }

  /** Takes the temporary name of a new store away, and makes its own durable. */
  settleName(): void {
    if (this.#unpublished !== undefined) this.files.unlink(this.#unpublished);
    this.#unpublished = undefined;
    this.files.syncDirectory(this.path);
  }

  /** Cuts off what was written past the committed end, where nothing points to it. */
  discardTail(): void {
    this.#pages?.discard();
    if (this.#file !== undefined && !this.readOnly && this.#unpublished === undefined) {
      if (this.#file.size() > this.#committedSize) this.#file.truncate(this.#committedSize);
    }
  }

  /** Takes back what was written since the last commit, and lets go of the file. */
  close(): void {
    const file = this.#file;
    this.#closed = true;
    if (file === undefined) return;
    try {
      this.discardTail();
      if (this.#unpublished !== undefined) this.files.unlink(this.#unpublished);
    } finally {
      this.#unpublished = undefined;
      this.#file = undefined;
      file.close();
    }
  }

  /** Steps that go on after the store was closed must not make its files anew: another writer may be at work. */
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
 * A writer is kept from others, and found by readers, by files beside one name of the store. The second name that a crash can leave
 * when a store is given its first one goes.
 */
function checkNames(files: FileSystem, path: string): void {
  if (files.linkCount(path) <= 1) return;
  const leftover = new RegExp(`-${NEW}-[0-9a-f]{${2 * RANDOM_BYTES}}$`);
  for (const other of files.pathsBeginningWith(`${path}-${NEW}-`)) {
    if (leftover.test(other) && files.linkCount(other) > 1) files.unlink(other);
  }
  const names = files.linkCount(path);
  if (names <= 1) return;
  const message = `${path} is a file with ${names} names (hard links), and writers under different ones would not see each other`;
  throw new StoreError('STORE_HAS_LINKS', message, { path, names }, 'copy the store, and write the copy');
}
