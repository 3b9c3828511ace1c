import type { FileSystem, StoreFile } from '../file/files.js';
import { PageFile } from './page-file.js';

/** The page has no place beside the store yet. */
const NONE = -1;

/**
 * Changed pages that the cache has no room for, until they are committed: a file beside the store, which vanishes
 * with the process. Each page has one place in it. During a batch a changed page gets a second one, so that the first
 * still holds what a failed batch goes back to.
 */
export class SpillFile {
  readonly #places = new Map<number, number>();
  /** Of the pages that got a new place during the batch: the place before. */
  readonly #before = new Map<number, number>();
  #free: number[] = [];
  #end = 0;
  #file: StoreFile | undefined;
  #pages: PageFile | undefined;

  constructor(
    private readonly files: FileSystem,
    private readonly path: string,
  ) {}

  has(pageId: number): boolean {
    return this.#places.has(pageId);
  }

  /** The ids of all pages that are here, ascending. */
  pageIds(): number[] {
    return [...this.#places.keys()].sort((a, b) => a - b);
  }

  read(pageId: number, into: Buffer): void {
    const place = this.#places.get(pageId);
    if (place === undefined) throw new Error(`page ${pageId} was not spilled`);
    this.#open().read(place, into);
  }

  /** Keeps a page as it was before the running batch. */
  writeBefore(pageId: number, bytes: Buffer): void {
    const place = this.#places.get(pageId) ?? this.#newPlace();
    this.#places.set(pageId, place);
    this.#open().write(place, bytes);
  }

  /** Keeps a page that the running batch has changed. */
  writeChanged(pageId: number, bytes: Buffer): void {
    const before = this.#places.get(pageId) ?? NONE;
    const place = this.#before.has(pageId) && before !== NONE ? before : this.#newPlace();
    if (place !== before) {
      this.#before.set(pageId, before);
      this.#places.set(pageId, place);
    }
    this.#open().write(place, bytes);
  }

  /** The batch stands: what its pages were before is not needed any more. */
  endBatch(): void {
    for (const place of this.#before.values()) if (place !== NONE) this.#free.push(place);
    this.#before.clear();
  }

  /** The batch failed: every page is again what it was before. */
  rollBack(): void {
    for (const [pageId, place] of this.#before) {
      const changed = this.#places.get(pageId);
      if (changed !== undefined) this.#free.push(changed);
      if (place === NONE) this.#places.delete(pageId);
      else this.#places.set(pageId, place);
    }
    this.#before.clear();
  }

  /** Forgets all pages. */
  clear(): void {
    this.#places.clear();
    this.#before.clear();
    this.#free = [];
    this.#end = 0;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#pages = undefined;
  }

  #newPlace(): number {
    return this.#free.pop() ?? this.#end++;
  }

  /** The name goes at once: the open file lives on without it, and no crash leaves it behind. */
  #open(): PageFile {
    if (this.#pages === undefined) {
      this.#file = this.files.open(this.path, 'create');
      this.files.unlink(this.path);
      this.#pages = new PageFile(this.#file);
    }
    return this.#pages;
  }
}
