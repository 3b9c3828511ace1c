/** The file system as the engine sees it: an interface, so that tests can fail it, record it and crash it. */
import type { ProcessTable } from './processes.js';

/**
 * What the engine asks of a file system: few calls, all synchronous, so that a double can stand in for it in tests.
 */
export interface FileSystem {
  /**
   * Opens a file. `create` makes a new one and fails with `FILE_EXISTS` where there is one; the others fail with
   * `FILE_NOT_FOUND` where there is none, and with `NOT_A_FILE` for a directory, a pipe or a device. `readOwn` reads
   * a file that only we make, and so refuses a symbolic link in the same way. What `create` makes its owner may read
   * and write, whatever the umask.
   */
  open(path: string, mode: FileMode): FileHandle;
  /**
   * Makes a file in the system's folder for temporary files, which only its owner may read. It has no name any more
   * when this returns, so that nothing of it stays, however the process ends.
   */
  createTemporary(): FileHandle;
  /** Gives a file a second name; fails with `FILE_EXISTS` when the name is taken. */
  link(from: string, to: string): void;
  /** Gives a file another name in the same directory; what had that name is gone. */
  rename(from: string, to: string): void;
  unlink(path: string): void;
  /** Makes the names in the directory that holds `path` durable. */
  syncDirectory(path: string): void;
  /** The path with symbolic links followed; `undefined` where there is no such file. */
  resolve(path: string): string | undefined;
  /**
   * Where a file that is to be made will lie: the path with the links in its directory followed. Fails with `IO_ERROR`
   * without one.
   */
  resolveNewPath(path: string): string;
  /** The paths that begin with this one, in the same directory. */
  pathsBeginningWith(path: string): string[];
  /** Gives a file the owner and the permissions of another, as far as the system lets us. */
  copyOwner(from: string, to: string): void;
  /** How many names a file has. */
  linkCount(path: string): number;
  /** Which file has this name, links not followed: equal for the same file only; `undefined` where there is none. */
  identity(path: string): string | undefined;
  /** Whether something is mounted at this path itself. */
  isMountPoint(path: string): boolean;
  readonly processes: ProcessTable;
}

export type FileMode = 'read' | 'readOwn' | 'write' | 'create';

/** An open file. Offsets and lengths are in bytes; every failure is a StoreError `IO_ERROR`. */
export interface FileHandle {
  size(): number;
  /** Which file it is, as `FileSystem.identity` tells it of a name. */
  identity(): string;
  /** Fills `length` bytes of `buffer` from `offset` on with those at `position`; gives how many there were. */
  read(buffer: Uint8Array, offset: number, length: number, position: number): number;
  /** Writes all of them or throws. */
  write(buffer: Uint8Array, offset: number, length: number, position: number): void;
  truncate(size: number): void;
  sync(): void;
  close(): void;
}
