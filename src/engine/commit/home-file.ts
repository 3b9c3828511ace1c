import { randomBytes } from 'node:crypto';
import type { FileSystem, StoreFile } from '../file/files.js';
import { PageFile } from './page-file.js';

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

  private constructor(
    private readonly files: FileSystem,
    readonly path: string,
    private readonly readOnly: boolean,
  ) {}

  /** @throws StoreError `STORE_NOT_FOUND`, `NOT_A_STORE`, `IO_ERROR` */
  static open(files: FileSystem, path: string, readOnly: boolean): HomeFile {
    const home = new HomeFile(files, path, readOnly);
    const file = files.open(path, readOnly ? 'read' : 'write');
    try {
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

  /** A name beside the store that nobody else uses. */
  temporaryPath(purpose: string): string {
    return temporaryPath(this.path, purpose);
  }

  file(): StoreFile {
    if (this.#file === undefined) {
      this.#unpublished = this.temporaryPath('new');
      this.#file = this.files.open(this.#unpublished, 'create');
    }
    return this.#file;
  }

  /** The file as pages; what is written through it must be flushed before the file is synced. */
  pages(): PageFile {
    return (this.#pages ??= new PageFile(this.file()));
  }

  /** Bytes of the file when it was opened or last committed. */
  get committedSize(): number {
    return this.#committedSize;
  }

  /** Cuts off or fills up with zeros: what a batch that failed wrote past the end is not part of the store. */
  setLength(bytes: number): void {
    if (this.file().size() !== bytes) this.file().truncate(bytes);
  }

  /**
   * The new pages are on disk, and what follows makes older ones point to them: from here on the file keeps its
   * length, even when the commit fails later.
   */
  keepLength(): void {
    this.#committedSize = this.file().size();
  }

  /** Gives a new store, whole and synced, its name. */
  publish(): void {
    if (this.#unpublished === undefined) return;
    this.files.link(this.#unpublished, this.path);
    this.files.unlink(this.#unpublished);
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
}

/** A name beside a store that nobody else uses. */
export function temporaryPath(path: string, purpose: string): string {
  return `${path}-${purpose}-${randomBytes(6).toString('hex')}`;
}
