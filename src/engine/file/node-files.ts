/** The file system of the machine, through Node.js. Every failure is a StoreError with the errno among its facts. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { StoreError } from '../errors.js';
import type { FileMode, FileSystem, FileHandle } from './files.js';
import { isMountPoint } from './mounts.js';
import { nodeProcesses } from './processes.js';
import { syncDirectory } from './sync-directory.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = fs.constants;
/** Opening a named pipe without O_NONBLOCK would wait for somebody to open its other end. */
const FLAGS: Record<FileMode, number> = {
  read: O_RDONLY | O_NONBLOCK,
  readOwn: O_RDONLY | O_NONBLOCK | O_NOFOLLOW,
  write: O_RDWR | O_NONBLOCK,
  create: O_RDWR | O_CREAT | O_EXCL,
};

const OWNER_READS = 0o400;
const OWNER_READS_AND_WRITES = 0o600;

class NodeFile implements FileHandle {
  constructor(
    private descriptor: number,
    private readonly path: string,
  ) {}

  size(): number {
    return attempt('fstat', this.path, () => fs.fstatSync(this.descriptor).size);
  }

  identity(): string {
    return attempt('fstat', this.path, () => identityOf(fs.fstatSync(this.descriptor, { bigint: true })));
  }

  read(buffer: Uint8Array, offset: number, length: number, position: number): number {
    let done = 0;
    while (done < length) {
      const count = attempt('read', this.path, () =>
        fs.readSync(this.descriptor, buffer, offset + done, length - done, position + done),
      );
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  write(buffer: Uint8Array, offset: number, length: number, position: number): void {
    let done = 0;
    while (done < length) {
      const count = attempt('write', this.path, () =>
        fs.writeSync(this.descriptor, buffer, offset + done, length - done, position + done),
      );
      if (count === 0) {
        throw new StoreError('IO_ERROR', `cannot write ${this.path}: nothing more is taken`, { path: this.path });
      }
      done += count;
    }
  }

  truncate(size: number): void {
    attempt('ftruncate', this.path, () => {
      fs.ftruncateSync(this.descriptor, size);
    });
  }

  sync(): void {
    attempt('fsync', this.path, () => {
      fs.fsyncSync(this.descriptor);
    });
  }

  close(): void {
    const { descriptor } = this;
    // The number may be another file's from here on.
    this.descriptor = -1;
    attempt('close', this.path, () => {
      fs.closeSync(descriptor);
    });
  }
}

/** The file system of the machine. */
export const nodeFiles: FileSystem = {
  open(file, mode) {
    if (mode === 'create') return new NodeFile(create(file), file);
    const descriptor = attempt('open', file, () => fs.openSync(file, FLAGS[mode]));
    const kind = kindOf(descriptor, file);
    if (kind === undefined) return new NodeFile(descriptor, file);
    fs.closeSync(descriptor);
    throw notAFile(file, kind);
  },
  createTemporary() {
    const file = path.join(os.tmpdir(), `kmb-store-${process.pid}-${process.hrtime.bigint()}`);
    const descriptor = attempt('open', file, () => fs.openSync(file, FLAGS.create, OWNER_READS_AND_WRITES));
    nodeFiles.unlink(file);
    return new NodeFile(descriptor, file);
  },
  link(from, to) {
    attempt('link', to, () => {
      fs.linkSync(from, to);
    });
  },
  rename(from, to) {
    attempt('rename', to, () => {
      fs.renameSync(from, to);
    });
  },
  unlink(file) {
    attempt('unlink', file, () => {
      fs.unlinkSync(file);
    });
  },
  syncDirectory(file) {
    const directory = path.dirname(file);
    attempt('fsync', directory, () => {
      syncDirectory(directory);
    });
  },
  resolve(file) {
    try {
      const resolved = fs.realpathSync(file);
      // The links of /proc/PID/fd to pipes and removed files are followed to names that nothing has.
      fs.lstatSync(resolved);
      return resolved;
    } catch (error) {
      if (isErrnoException(error) && error.code === 'ENOENT') {
        const found = fs.lstatSync(file, { throwIfNoEntry: false });
        if (found === undefined) return undefined;
        // Not a link: somebody has made the file between the two looks.
        if (!found.isSymbolicLink()) return nodeFiles.resolve(file);
        throw leadsNowhere(file);
      }
      throw describe('realpath', file, error);
    }
  },
  resolveNewPath(file) {
    if (!fs.existsSync(path.dirname(file))) throw missingDirectory(file);
    return attempt('realpath', file, () => path.join(fs.realpathSync(path.dirname(file)), path.basename(file)));
  },
  pathsBeginningWith(file) {
    const directory = path.dirname(file);
    const start = path.basename(file);
    const names = attempt('readdir', directory, () => fs.readdirSync(directory));
    return names.filter((name) => name.startsWith(start)).map((name) => path.join(directory, name));
  },
  copyOwner(from, to) {
    attempt('chmod', to, () => {
      const { uid, gid, mode } = fs.statSync(from);
      const own = fs.statSync(to);
      if (own.uid !== uid || own.gid !== gid) giveTo(to, uid, gid, own.uid);
      // Its owner must be able to read it, else nobody could tell later whose it is.
      const wanted = (mode & 0o777) | OWNER_READS;
      if ((own.mode & 0o777) !== wanted) fs.chmodSync(to, wanted);
    });
  },
  linkCount(file) {
    return attempt('stat', file, () => fs.statSync(file).nlink);
  },
  identity(file) {
    return attempt('lstat', file, () => {
      const stat = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
      return stat === undefined ? undefined : identityOf(stat);
    });
  },
  isMountPoint,
  processes: nodeProcesses,
};

function identityOf({ dev, ino }: fs.BigIntStats): string {
  return `${dev}:${ino}`;
}

/** Only the superuser gives files away; others may at least share them with a group of theirs. */
function giveTo(file: string, uid: number, gid: number, ownUid: number): void {
  if (!isPermitted(() => fs.chownSync(file, uid, gid))) isPermitted(() => fs.chownSync(file, ownUid, gid));
}

/** Makes a call; whether the system permits it. */
function isPermitted(call: () => void): boolean {
  try {
    call();
    return true;
  } catch (error) {
    if (isErrnoException(error) && error.code === 'EPERM') return false;
    throw error;
  }
}

/** What a descriptor is open on when that is no regular file. */
function kindOf(descriptor: number, file: string): string | undefined {
  return kindOfStat(attempt('fstat', file, () => fs.fstatSync(descriptor)));
}

function kindOfStat(stat: fs.Stats): string | undefined {
  if (stat.isFile()) return undefined;
  if (stat.isDirectory()) return 'a directory';
  return stat.isFIFO() ? 'a named pipe' : 'a device or socket';
}

/** Makes a file. A umask that keeps it from its owner would keep every later writer from what this one left, too. */
function create(file: string): number {
  if (!fs.existsSync(path.dirname(file))) throw missingDirectory(file);
  try {
    const descriptor = fs.openSync(file, FLAGS.create, 0o666);
    const { mode } = fs.fstatSync(descriptor);
    if ((mode & OWNER_READS_AND_WRITES) !== OWNER_READS_AND_WRITES) {
      fs.fchmodSync(descriptor, (mode & 0o777) | OWNER_READS_AND_WRITES);
    }
    return descriptor;
  } catch (error) {
    // There is a directory, and nothing can be made in it, as in /proc: not a file that is missing.
    if (isErrnoException(error) && /^(ENOENT|ENAMETOOLONG)$/.test(error.code ?? '')) throw ioError('open', file, error);
    throw describe('open', file, error);
  }
}

/** What a link is that leads to no path: one to nothing, or one of /proc/PID/fd to something without a name. */
function leadsNowhere(file: string): StoreError {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  const kind = found === undefined ? undefined : kindOfStat(found);
  if (kind !== undefined) return notAFile(file, kind);
  const target = found === undefined ? 'a file that is not there' : 'a file that has no name any more';
  return new StoreError('FILE_NOT_FOUND', `${file} is a symbolic link to ${target}`, { path: file });
}

/** A file to be made has no name yet: what is missing is its directory. */
function missingDirectory(file: string): StoreError {
  const directory = path.dirname(file);
  return new StoreError('IO_ERROR', `no such directory: ${directory}`, {
    path: directory,
    call: 'open',
    errno: 'ENOENT',
  });
}

function notAFile(file: string, kind: string): StoreError {
  return new StoreError('NOT_A_FILE', `${file} is ${kind}, not a file`, { path: file, found: kind });
}

function attempt<Result>(call: string, file: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw describe(call, file, error);
  }
}

function isErrnoException(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}

/**
 * Turns what node:fs throws into the engine's error, with the call and the system's own name for the fault as facts.
 */
function describe(call: string, file: string, error: unknown): unknown {
  if (!isErrnoException(error)) return error;
  const facts = { path: file, call, errno: error.code ?? null };
  const options = { cause: error };
  if (error.code === 'ENOENT') {
    return new StoreError('FILE_NOT_FOUND', `no such file: ${file}`, facts, undefined, options);
  }
  if (call === 'open' && error.code === 'ENAMETOOLONG') {
    return new StoreError('FILE_NOT_FOUND', `no such file, the name is too long: ${file}`, facts, undefined, options);
  }
  if (error.code === 'EEXIST') {
    return new StoreError('FILE_EXISTS', `${file} exists already`, facts, undefined, options);
  }
  if (error.code === 'EISDIR') return notAFile(file, 'a directory');
  if (call === 'open' && error.code === 'ELOOP' && isLink(file)) return notAFile(file, 'a symbolic link');
  return ioError(call, file, error);
}

function ioError(call: string, file: string, cause: NodeJS.ErrnoException): StoreError {
  const errno = cause.code ?? null;
  const message = `cannot ${call} ${file}: ${errno ?? cause.message}`;
  return new StoreError('IO_ERROR', message, { path: file, call, errno }, undefined, { cause });
}

const isLink = (file: string): boolean => fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
