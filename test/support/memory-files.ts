/**
 * An in-memory double of the engine's file system: fast, inspectable, and able to fail.
 *
 * Every operation passes `onOperation` before it takes effect; what throws there has not happened. The live bytes are
 * what any handle sees at once. (What a crash would leave is a second image that `sync` and `syncDirectory` would feed:
 * `Inode` is the place for it.)
 */
import { dirname } from 'node:path';
import { type FileSystem, StoreError, type StoreFile } from '../../src/engine/index.js';

export type OperationKind =
  | 'open'
  | 'create'
  | 'link'
  | 'unlink'
  | 'syncDirectory'
  | 'resolve'
  | 'list'
  | 'copyOwner'
  | 'linkCount'
  | 'size'
  | 'read'
  | 'write'
  | 'truncate'
  | 'sync'
  | 'close';

export interface FileOperation {
  readonly kind: OperationKind;
  readonly path: string;
  /** Of reads and writes: where and how much. */
  readonly position: number;
  readonly length: number;
}

/** The bytes that a name, and any number of handles, refer to. */
interface Inode {
  live: Buffer;
  size: number;
}

export class MemoryFiles implements FileSystem {
  /** How many operations of each kind there were. */
  readonly counts = new Map<OperationKind, number>();
  /** Called before each operation takes effect: may throw, may watch. */
  onOperation: (operation: FileOperation) => void = () => {};
  private readonly inodes = new Map<string, Inode>();
  private handlesOpen = 0;

  /** Puts a file there, whole. */
  set(path: string, bytes: Uint8Array): void {
    this.inodes.set(path, { live: Buffer.from(bytes), size: bytes.length });
  }

  /** Changes the bytes of a file under the handles that are open on it. */
  overwrite(path: string, bytes: Uint8Array): void {
    const inode = this.find(path);
    inode.live = Buffer.from(bytes);
    inode.size = bytes.length;
  }

  /** A copy of a file's live bytes. */
  get(path: string): Buffer {
    const inode = this.find(path);
    return Buffer.from(inode.live.subarray(0, inode.size));
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

  open(path: string, mode: 'read' | 'write' | 'create'): StoreFile {
    this.note(mode === 'create' ? 'create' : 'open', path);
    if (mode === 'create') {
      if (this.inodes.has(path)) throw new StoreError('STORE_EXISTS', `${path} exists`, { path });
      this.set(path, Buffer.alloc(0));
    }
    const inode = this.find(path);
    this.handlesOpen += 1;
    return this.handle(path, inode, mode === 'read');
  }

  link(from: string, to: string): void {
    this.note('link', to);
    if (this.inodes.has(to)) throw new StoreError('STORE_EXISTS', `${to} exists`, { path: to });
    this.inodes.set(to, this.find(from));
  }

  unlink(path: string): void {
    this.note('unlink', path);
    this.find(path);
    this.inodes.delete(path);
  }

  syncDirectory(path: string): void {
    this.note('syncDirectory', dirname(path));
  }

  resolve(path: string): string | undefined {
    this.note('resolve', path);
    return this.inodes.has(path) ? path : undefined;
  }

  pathsBeginningWith(path: string): string[] {
    this.note('list', path);
    return this.paths().filter((name) => name.startsWith(path));
  }

  copyOwner(from: string, to: string): void {
    this.note('copyOwner', to);
    this.find(from);
    this.find(to);
  }

  linkCount(path: string): number {
    this.note('linkCount', path);
    const inode = this.find(path);
    return [...this.inodes.values()].filter((other) => other === inode).length;
  }

  private find(path: string): Inode {
    const inode = this.inodes.get(path);
    if (inode === undefined) throw new StoreError('STORE_NOT_FOUND', `${path}: no such file`, { path });
    return inode;
  }

  private note(kind: OperationKind, path: string, position = 0, length = 0): void {
    this.counts.set(kind, this.count(kind) + 1);
    this.onOperation({ kind, path, position, length });
  }

  private handle(path: string, inode: Inode, readOnly: boolean): StoreFile {
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
      read: (buffer, offset, length, position) => {
        checkSpan(buffer, offset, length, position);
        use('read', position, length);
        const end = Math.min(inode.size, position + length);
        if (end > position) buffer.set(inode.live.subarray(position, end), offset);
        return Math.max(0, end - position);
      },
      write: (buffer, offset, length, position) => {
        checkSpan(buffer, offset, length, position);
        use('write', position, length);
        resize(inode, Math.max(inode.size, position + length));
        inode.live.set(buffer.subarray(offset, offset + length), position);
      },
      truncate: (size) => {
        use('truncate', size);
        resize(inode, size);
      },
      sync: () => use('sync'),
      close: () => {
        use('close');
        open = false;
        this.handlesOpen -= 1;
      },
    };
  }
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

export interface Fault {
  readonly kinds: readonly OperationKind[];
  /** The first one that fails, from 1. */
  readonly nth: number;
  /** All later ones fail too. */
  readonly forEver?: boolean;
}

/** Makes operations of some kinds fail from now on; tells how many were seen and failed. */
export function injectFault(files: MemoryFiles, fault: Fault): { seen: number; failed: number } {
  const tally = { seen: 0, failed: 0 };
  files.onOperation = ({ kind, path }) => {
    if (!fault.kinds.includes(kind)) return;
    tally.seen += 1;
    if (tally.seen !== fault.nth && !(fault.forEver === true && tally.seen > fault.nth)) return;
    tally.failed += 1;
    throw new StoreError('IO_ERROR', `${kind} of ${path} failed: EIO`, { path, errno: 'EIO' });
  };
  return tally;
}

export function clearFaults(files: MemoryFiles): void {
  files.onOperation = () => {};
}
