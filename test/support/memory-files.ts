/**
 * An in-memory double of the engine's file system: fast, inspectable, able to fail and to crash.
 *
 * Every operation passes `onOperation` before it takes effect; what throws there has not happened. There are two
 * images. The live one is what any handle sees at once. The durable one is what a disk holds for certain: the bytes of
 * a file as of its last sync, names as of the last `syncDirectory`. `crash` gives what a loss of power might leave:
 * anything between the two.
 */
import { dirname } from 'node:path';
import { type FileMode, type FileSystem, StoreError, type FileHandle } from '../../src/engine/index.js';
import { DurableFile } from './durable-file.js';
import { DurableNames } from './durable-names.js';
import { FakeProcesses } from './fake-processes.js';
import { CrashOutcome } from './crash-outcome.js';
import type { Random } from './random.js';

export type OperationKind =
  | 'open'
  | 'create'
  | 'link'
  | 'rename'
  | 'unlink'
  | 'syncDirectory'
  | 'resolve'
  | 'list'
  | 'copyOwner'
  | 'linkCount'
  | 'identity'
  | 'size'
  | 'read'
  | 'write'
  | 'truncate'
  | 'sync'
  | 'close';

/** Those that change what is, or what will be after a crash. */
export const CHANGING: readonly OperationKind[] = [
  'create',
  'link',
  'rename',
  'unlink',
  'syncDirectory',
  'write',
  'truncate',
  'sync',
];

export interface FileOperation {
  readonly kind: OperationKind;
  readonly path: string;
  /** Of reads and writes: where and how much. */
  readonly position: number;
  readonly length: number;
}

/** The bytes that a name, and any number of handles, refer to. */
interface Inode {
  readonly id: number;
  live: Buffer;
  size: number;
  links: number;
  durable: DurableFile;
}

export class MemoryFiles implements FileSystem {
  /** How many operations of each kind there were. */
  readonly counts = new Map<OperationKind, number>();
  /** All operations, from when a test puts a list here. */
  log: FileOperation[] | undefined;
  /** Called before each operation takes effect: may throw, may watch. */
  onOperation: (operation: FileOperation) => void = () => {};
  processes = new FakeProcesses();
  /** The paths at which something is mounted. */
  readonly mountPoints = new Set<string>();
  private readonly inodes = new Map<string, Inode>();
  private readonly names = new DurableNames<Inode>();
  private handlesOpen = 0;
  private changes = 0;

  /** Puts a file there, whole and durable. */
  set(path: string, bytes: Uint8Array): void {
    this.setName(path, inodeOf(Buffer.from(bytes)));
    this.names.syncDirectory(dirname(path));
  }

  /** Changes the bytes of a file under the handles that are open on it, durably. */
  overwrite(path: string, bytes: Uint8Array): void {
    const inode = this.find(path);
    inode.live = Buffer.from(bytes);
    inode.size = bytes.length;
    inode.durable = new DurableFile(Buffer.from(bytes));
  }

  /** A copy of a file's live bytes. */
  get(path: string): Buffer {
    return Buffer.from(this.view(path));
  }

  /** A file's live bytes themselves: only to be looked at, and only until the next change. */
  view(path: string): Buffer {
    const inode = this.find(path);
    return inode.live.subarray(0, inode.size);
  }

  paths(): string[] {
    return [...this.inodes.keys()].sort();
  }

  get openHandles(): number {
    return this.handlesOpen;
  }

  count(kind: OperationKind): number {
    return this.counts.get(kind) ?? 0;
  }

  /**
   * What the disk might hold if the power went now, on a machine that has just been started again. Nothing changes
   * here: one moment can fall out in many ways.
   */
  crash(random: Random, outcome = new CrashOutcome(random, this.changes)): MemoryFiles {
    const after = new MemoryFiles();
    after.processes = this.processes.restarted();
    const survivors = new Map<Inode, Inode>();
    for (const [path, inode] of this.names.afterCrash(outcome)) {
      const survivor = survivors.get(inode) ?? inodeOf(inode.durable.afterCrash(outcome));
      survivors.set(inode, survivor);
      after.setName(path, survivor);
      after.names.syncDirectory(dirname(path));
    }
    return after;
  }

  open(path: string, mode: FileMode): FileHandle {
    this.note(mode === 'create' ? 'create' : 'open', path);
    if (mode === 'create') {
      if (this.inodes.has(path)) throw new StoreError('FILE_EXISTS', `${path} exists`, { path });
      this.setName(path, inodeOf(Buffer.alloc(0)));
    }
    const inode = this.find(path);
    this.handlesOpen += 1;
    return this.handle(path, inode, mode === 'read' || mode === 'readOwn');
  }

  createTemporary(): FileHandle {
    const path = `/memory/tmp/${this.changes}`;
    const file = this.open(path, 'create');
    this.unlink(path);
    return file;
  }

  link(from: string, to: string): void {
    this.note('link', to);
    if (this.inodes.has(to)) throw new StoreError('FILE_EXISTS', `${to} exists`, { path: to });
    this.setName(to, this.find(from));
  }

  /** Takes the place of what has the name. */
  rename(from: string, to: string): void {
    this.note('rename', to);
    const inode = this.find(from);
    const replaced = this.inodes.get(to);
    if (replaced !== undefined) replaced.links -= 1;
    this.inodes.delete(from);
    this.inodes.set(to, inode);
    this.names.rename(this.changes++, from, to, inode);
  }

  unlink(path: string): void {
    this.note('unlink', path);
    this.find(path).links -= 1;
    this.inodes.delete(path);
    this.names.remove(this.changes++, path);
  }

  syncDirectory(path: string): void {
    this.note('syncDirectory', dirname(path));
    this.names.syncDirectory(dirname(path));
  }

  resolve(path: string): string | undefined {
    this.note('resolve', path);
    return this.inodes.has(path) ? path : undefined;
  }

  resolveNewPath(path: string): string {
    return path;
  }

  pathsBeginningWith(path: string): string[] {
    this.note('list', path);
    return this.paths().filter((other) => other.startsWith(path) && dirname(other) === dirname(path));
  }

  /** There is one owner, who may do everything. */
  copyOwner(from: string, to: string): void {
    this.note('copyOwner', to);
    this.find(from);
    this.find(to);
  }

  linkCount(path: string): number {
    this.note('linkCount', path);
    return this.find(path).links;
  }

  identity(path: string): string | undefined {
    this.note('identity', path);
    const inode = this.inodes.get(path);
    return inode === undefined ? undefined : `memory:${inode.id}`;
  }

  isMountPoint(path: string): boolean {
    return this.mountPoints.has(path);
  }

  private find(path: string): Inode {
    const inode = this.inodes.get(path);
    if (inode === undefined) throw new StoreError('FILE_NOT_FOUND', `${path}: no such file`, { path });
    return inode;
  }

  private setName(path: string, inode: Inode): void {
    inode.links += 1;
    this.inodes.set(path, inode);
    this.names.set(this.changes++, path, inode);
  }

  private note(kind: OperationKind, path: string, position = 0, length = 0): void {
    this.counts.set(kind, this.count(kind) + 1);
    const operation = { kind, path, position, length };
    this.log?.push(operation);
    this.onOperation(operation);
  }

  private handle(path: string, inode: Inode, readOnly: boolean): FileHandle {
    let open = true;
    const use = (kind: OperationKind, position = 0, length = 0): void => {
      if (!open) throw new Error(`${kind} on a closed handle of ${path}`);
      if (readOnly && (kind === 'write' || kind === 'truncate'))
        throw new Error(`${kind} on a read-only handle of ${path}`);
      this.note(kind, path, position, length);
    };
    return {
      size: () => {
        use('size');
        return inode.size;
      },
      identity: () => {
        use('identity');
        return `memory:${inode.id}`;
      },
      read: (buffer, offset, length, position) => {
        checkSpan(buffer, offset, length, position);
        use('read', position, length);
        const end = Math.min(inode.size, position + length);
        if (end > position) buffer.set(inode.live.subarray(position, end), offset);
        return Math.max(0, end - position);
      },
      write: (buffer, offset, length, position) => {
        checkSpan(buffer, offset, length, position);
        try {
          use('write', position, length);
        } catch (error) {
          if (error instanceof ShortWriteError)
            this.write(inode, position, buffer.subarray(offset, offset + Math.floor(length * error.share)));
          throw error;
        }
        this.write(inode, position, buffer.subarray(offset, offset + length));
      },
      truncate: (size) => {
        use('truncate', size);
        resize(inode, size);
        if (inode.links > 0) inode.durable.truncate(this.changes++, size);
      },
      sync: () => {
        try {
          use('sync');
        } catch (error) {
          inode.durable.failSync();
          throw error;
        }
        inode.durable.sync();
      },
      close: () => {
        use('close');
        open = false;
        this.handlesOpen -= 1;
      },
    };
  }

  private write(inode: Inode, position: number, bytes: Uint8Array): void {
    resize(inode, Math.max(inode.size, position + bytes.length));
    inode.live.set(bytes, position);
    // What has no name is gone after any crash.
    if (inode.links > 0) inode.durable.write(this.changes++, position, bytes);
  }
}

let inodesMade = 0;

/** @param bytes on the disk already; they belong to the file now */
function inodeOf(bytes: Buffer): Inode {
  return { id: ++inodesMade, live: Buffer.from(bytes), size: bytes.length, links: 0, durable: new DurableFile(bytes) };
}

function resize(inode: Inode, size: number): void {
  if (size > inode.live.length) {
    const grown = Buffer.alloc(Math.max(size, inode.live.length * 2));
    grown.set(inode.live.subarray(0, inode.size));
    inode.live = grown;
  }
  if (size < inode.size) inode.live.fill(0, size, inode.size);
  inode.size = size;
}

/** A real file system would refuse these, or worse, write them. */
function checkSpan(buffer: Uint8Array, offset: number, length: number, position: number): void {
  const whole = [offset, length, position].every((value) => Number.isSafeInteger(value) && value >= 0);
  if (!whole || offset + length > buffer.length)
    throw new Error(`a span of ${offset}+${length} at ${position} in ${buffer.length} bytes`);
}

/** A write of which a part has happened. */
class ShortWriteError extends StoreError {
  constructor(
    readonly share: number,
    message: string,
    facts: { path: string; errno: string },
  ) {
    super('IO_ERROR', message, facts);
  }
}

export interface Fault {
  readonly kinds: readonly OperationKind[];
  /** The first one that fails, from 1. */
  readonly nth: number;
  /** All later ones fail too. */
  readonly forEver?: boolean;
  readonly errno?: 'EIO' | 'ENOSPC';
  /** The share of a failing write that happens all the same, 0 to 1. */
  readonly writtenShare?: number;
}

/** Makes operations of some kinds fail from now on; tells how many were seen and failed. */
export function injectFault(files: MemoryFiles, fault: Fault): { seen: number; failed: number } {
  const { errno = 'EIO', writtenShare = 0 } = fault;
  const tally = { seen: 0, failed: 0 };
  files.onOperation = ({ kind, path }) => {
    if (!fault.kinds.includes(kind)) return;
    tally.seen += 1;
    if (tally.seen !== fault.nth && !(fault.forEver === true && tally.seen > fault.nth)) return;
    tally.failed += 1;
    const message = `${kind} of ${path} failed: ${errno}`;
    if (kind === 'write') throw new ShortWriteError(writtenShare, message, { path, errno });
    throw new StoreError('IO_ERROR', message, { path, errno });
  };
  return tally;
}

export function clearFaults(files: MemoryFiles): void {
  files.onOperation = () => {};
}

/** Calls back before operations of one side; what the callback itself does is not watched. */
export function watchOperations(
  files: MemoryFiles,
  isWatched: (operation: FileOperation) => boolean,
  callback: () => void,
): void {
  let inside = false;
  files.onOperation = (operation) => {
    if (inside || !isWatched(operation)) return;
    inside = true;
    try {
      callback();
    } finally {
      inside = false;
    }
  };
}
