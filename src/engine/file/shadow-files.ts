/**
 * A file system that changes nothing: what is written lies in temporary files over those that are there. A store that
 * is opened on it does all that it would do, and leaves no trace.
 */
import { StoreError } from '../errors.js';
import type { FileHandle, FileMode, FileSystem } from './files.js';
import type { ProcessTable } from './processes.js';
import { ShadowFile } from './shadow-file.js';

export class ShadowFiles implements FileSystem {
  readonly processes: ProcessTable;
  /** What names lead to where that is not what is there; undefined: removed. */
  readonly #names = new Map<string, ShadowFile | undefined>();
  readonly #files = new Set<ShadowFile>();

  /** @param inner which is only read, but for temporary files */
  constructor(private readonly inner: FileSystem) {
    this.processes = inner.processes;
  }

  open(path: string, mode: FileMode): FileHandle {
    if (mode === 'create') return this.#create(path).handle();
    const shadow = this.#names.get(path);
    if (shadow !== undefined) return shadow.handle();
    if (this.#names.has(path)) throw new StoreError('FILE_NOT_FOUND', `no such file: ${path}`, { path });
    if (mode !== 'write') return this.inner.open(path, mode);
    return this.#add(path, new ShadowFile(() => this.inner.createTemporary(), this.inner.open(path, 'read'))).handle();
  }

  createTemporary(): FileHandle {
    return this.inner.createTemporary();
  }

  link(from: string, to: string): void {
    this.#refuseExisting(to);
    const file = this.#names.get(from);
    if (file === undefined) throw new StoreError('FILE_NOT_FOUND', `no such file: ${from}`, { path: from });
    this.#names.set(to, file);
  }

  rename(from: string, to: string): void {
    const file = this.#names.get(from);
    if (file === undefined) throw new StoreError('FILE_NOT_FOUND', `no such file: ${from}`, { path: from });
    this.#names.set(to, file);
    this.#names.set(from, undefined);
  }

  unlink(path: string): void {
    if (this.identity(path) === undefined) throw new StoreError('FILE_NOT_FOUND', `no such file: ${path}`, { path });
    this.#names.set(path, undefined);
  }

  syncDirectory(): void {
    // Nothing has changed in it.
  }

  resolve(path: string): string | undefined {
    if (!this.#names.has(path)) return this.inner.resolve(path);
    return this.#names.get(path) === undefined ? undefined : path;
  }

  resolveNewPath(path: string): string {
    return this.inner.resolveNewPath(path);
  }

  pathsBeginningWith(path: string): string[] {
    const there = this.inner.pathsBeginningWith(path).filter((name) => !this.#names.has(name));
    const made = [...this.#names].filter(([name, file]) => file !== undefined && name.startsWith(path));
    return [...there, ...made.map(([name]) => name)];
  }

  copyOwner(): void {
    // Nobody else ever sees the file.
  }

  linkCount(path: string): number {
    const file = this.#names.get(path);
    if (file === undefined || file.isOverAnother) return this.inner.linkCount(path);
    return [...this.#names.values()].filter((other) => other === file).length;
  }

  identity(path: string): string | undefined {
    return this.#names.has(path) ? this.#names.get(path)?.identity : this.inner.identity(path);
  }

  isMountPoint(path: string): boolean {
    return this.inner.isMountPoint(path);
  }

  /** Whether somebody has changed a file beneath meanwhile: then what was read of it is of no use. */
  hasChangedBeneath(): boolean {
    return [...this.#files].some((file) => file.hasChangedBeneath());
  }

  /** Releases all files. */
  close(): void {
    for (const file of this.#files) file.close();
    this.#files.clear();
  }

  #create(path: string): ShadowFile {
    this.#refuseExisting(path);
    this.inner.resolveNewPath(path);
    return this.#add(path, new ShadowFile(() => this.inner.createTemporary(), undefined));
  }

  #add(path: string, file: ShadowFile): ShadowFile {
    this.#names.set(path, file);
    this.#files.add(file);
    return file;
  }

  #refuseExisting(path: string): void {
    if (this.identity(path) !== undefined) throw new StoreError('FILE_EXISTS', `${path} exists already`, { path });
  }
}
