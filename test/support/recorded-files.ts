/**
 * Files in memory that write down everything that is done to them, and can show what a crash at any moment would have
 * left.
 *
 * What a file's last sync covers is there after a crash, and so are the names that the last sync of the directory
 * covers. Of what came later anything may be there: each write whole, not at all, or in some of its 512-byte sectors,
 * and each change of a name.
 */
import type { FileMode, FileSystem, FileHandle } from '../../src/engine/index.js';
import { MemoryFiles } from './memory-files.js';
import { Random } from './random.js';

const SECTOR = 512;

type ContentEvent =
  | { readonly kind: 'write'; readonly file: number; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: number; readonly size: number };
type NameEvent =
  | { readonly kind: 'name'; readonly path: string; readonly file: number }
  | { readonly kind: 'rename'; readonly from: string; readonly path: string; readonly file: number }
  | { readonly kind: 'unlink'; readonly path: string };
export type FileEvent =
  ContentEvent | NameEvent | { readonly kind: 'sync'; readonly file: number } | { readonly kind: 'syncDirectory' };

/** How much of what was not synced is there after a crash. */
export type Survival = 'all' | 'nothing' | { readonly seed: number };

export class RecordedFiles implements FileSystem {
  readonly events: FileEvent[] = [];
  /**
   * Whoever works on the files is killed before event number this many: what was done is seen by others, synced or not.
   */
  killAt = Infinity;
  private readonly inner: MemoryFiles;
  /** The lock of whoever works on the files: it is theirs alone, and dead with them. */
  private readonly locks = new MemoryFiles();
  private readonly fileOf = new Map<string, number>();
  private readonly start: Buffer[] = [];
  private nextFile: number;
  private readonly startNames: { readonly path: string; readonly file: number }[] = [];

  /** @param before what is there, and durable */
  constructor(before: MemoryFiles) {
    this.inner = new MemoryFiles();
    for (const path of before.paths()) {
      const bytes = before.get(path);
      this.inner.set(path, bytes);
      this.fileOf.set(path, this.start.length);
      this.startNames.push({ path, file: this.start.length });
      this.start.push(bytes);
    }
    this.nextFile = this.start.length;
  }

  /** The events as a reader of a test likes them: `write store 0+4096`, `sync store-journal`. */
  get log(): string[] {
    const names = new Map(this.startNames.map(({ path, file }) => [file, path]));
    return this.events.map((event) => {
      if (event.kind === 'name') names.set(event.file, names.get(event.file) ?? event.path);
      const path = 'path' in event ? event.path : 'file' in event ? (names.get(event.file) ?? '?') : '';
      const place = event.kind === 'write' ? ` ${event.position}+${event.bytes.length}` : '';
      return `${event.kind} ${path.replace(/^.*\//, '')}${place}`.trim();
    });
  }

  /** What a crash before event number `count` leaves. */
  crashed(count: number, survival: Survival): MemoryFiles {
    const random = typeof survival === 'object' ? new Random(survival.seed) : undefined;
    const isKept = (): boolean => (random === undefined ? survival === 'all' : random.chance(0.5));
    const events = this.events.slice(0, count);
    const contents = this.contentsAfter(events, isKept, random);
    const names = new Map(this.startNames.map(({ path, file }) => [path, file]));
    const synced = events.findLastIndex(({ kind }) => kind === 'syncDirectory');
    for (const [index, event] of events.entries()) {
      if (event.kind !== 'name' && event.kind !== 'rename' && event.kind !== 'unlink') continue;
      if (index > synced && !isKept()) continue;
      if (event.kind === 'rename') names.delete(event.from);
      if (event.kind === 'unlink') names.delete(event.path);
      else names.set(event.path, event.file);
    }
    const files = new MemoryFiles();
    for (const [path, file] of names) files.set(path, contents[file] ?? Buffer.alloc(0));
    return files;
  }

  private contentsAfter(events: readonly FileEvent[], isKept: () => boolean, random: Random | undefined): Buffer[] {
    const contents = this.start.map((bytes): Buffer => Buffer.from(bytes));
    const synced = new Map<number, number>();
    for (const [index, event] of events.entries()) if (event.kind === 'sync') synced.set(event.file, index);
    for (const [index, event] of events.entries()) {
      if (event.kind !== 'write' && event.kind !== 'truncate') continue;
      const before = contents[event.file] ?? Buffer.alloc(0);
      const isSynced = index < (synced.get(event.file) ?? -1);
      if (!isSynced && !isKept()) {
        if (random !== undefined && event.kind === 'write' && random.chance(0.5))
          contents[event.file] = torn(before, event, random);
        continue;
      }
      contents[event.file] =
        event.kind === 'write' ? written(before, event.position, event.bytes) : resized(before, event.size);
    }
    return contents;
  }

  /** Nothing of it is left by any crash. */
  createTemporary(): FileHandle {
    return this.locks.createTemporary();
  }

  open(path: string, mode: FileMode): FileHandle {
    if (isLock(path)) return this.locks.open(path, mode);
    if (mode === 'create') this.live();
    const handle = this.inner.open(path, mode);
    if (mode === 'create') this.name(path, this.nextFile++);
    const file = this.fileOf.get(path) ?? -1;
    return {
      ...handle,
      write: (buffer, offset, length, position) => {
        this.live();
        handle.write(buffer, offset, length, position);
        const bytes = Buffer.from(buffer.subarray(offset, offset + length));
        this.push({ kind: 'write', file, position, bytes });
      },
      truncate: (size) => {
        this.live();
        handle.truncate(size);
        this.push({ kind: 'truncate', file, size });
      },
      sync: () => {
        this.live();
        handle.sync();
        this.push({ kind: 'sync', file });
      },
    };
  }

  link(from: string, to: string): void {
    if (isLock(to)) return void this.locks.link(from, to);
    this.live();
    this.inner.link(from, to);
    this.name(to, this.fileOf.get(from) ?? -1);
  }

  rename(from: string, to: string): void {
    this.live();
    this.inner.rename(from, to);
    const file = this.fileOf.get(from) ?? -1;
    this.fileOf.delete(from);
    this.fileOf.set(to, file);
    this.push({ kind: 'rename', from, path: to, file });
  }

  unlink(path: string): void {
    if (isLock(path)) return void this.locks.unlink(path);
    this.live();
    this.inner.unlink(path);
    this.fileOf.delete(path);
    this.push({ kind: 'unlink', path });
  }

  syncDirectory(path: string): void {
    this.live();
    this.inner.syncDirectory(path);
    this.push({ kind: 'syncDirectory' });
  }

  resolve(path: string): string | undefined {
    return this.inner.resolve(path);
  }

  pathsBeginningWith(path: string): string[] {
    return this.inner.pathsBeginningWith(path);
  }

  copyOwner(from: string, to: string): void {
    if (isLock(to)) return;
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

  resolveNewPath(path: string): string {
    return this.inner.resolveNewPath(path);
  }

  get processes(): MemoryFiles['processes'] {
    return this.inner.processes;
  }

  private push(event: FileEvent): void {
    this.events.push(event);
  }

  private live(): void {
    if (this.events.length < this.killAt) return;
    for (const path of this.locks.paths()) this.locks.unlink(path);
    throw new Error('killed');
  }

  private name(path: string, file: number): void {
    this.fileOf.set(path, file);
    this.push({ kind: 'name', path, file });
  }
}

function written(before: Buffer, position: number, bytes: Buffer): Buffer {
  const after = resized(before, Math.max(before.length, position + bytes.length));
  after.set(bytes, position);
  return after;
}

function torn(before: Buffer, { position, bytes }: { position: number; bytes: Buffer }, random: Random): Buffer {
  let after = before;
  for (let start = 0; start < bytes.length; start += SECTOR) {
    if (random.chance(0.5)) after = written(after, position + start, bytes.subarray(start, start + SECTOR));
  }
  return after;
}

function resized(before: Buffer, size: number): Buffer {
  const after = Buffer.alloc(size);
  after.set(before.subarray(0, size));
  return after;
}

const isLock = (path: string): boolean => /-lock(-|$)/.test(path);
