/** A file system in which one file ends earlier: a copy, without the page that says that it is a temporary file. */
import type { FileHandle, FileMode, FileSystem } from '../file/files.js';

export class ShortenedFile implements FileSystem {
  constructor(
    private readonly files: FileSystem,
    private readonly path: string,
    private readonly size: number,
  ) {}

  get processes(): FileSystem['processes'] {
    return this.files.processes;
  }

  open(path: string, mode: FileMode): FileHandle {
    const file = this.files.open(path, mode);
    if (path !== this.path) return file;
    const { size } = this;
    return {
      size: () => Math.min(size, file.size()),
      identity: () => file.identity(),
      read: (buffer, offset, length, position) =>
        file.read(buffer, offset, Math.max(0, Math.min(length, size - position)), position),
      write: (buffer, offset, length, position) => {
        file.write(buffer, offset, length, position);
      },
      truncate: (bytes) => {
        file.truncate(bytes);
      },
      sync: () => {
        file.sync();
      },
      close: () => {
        file.close();
      },
    };
  }

  createTemporary(): FileHandle {
    return this.files.createTemporary();
  }

  link(from: string, to: string): void {
    this.files.link(from, to);
  }

  rename(from: string, to: string): void {
    this.files.rename(from, to);
  }

  unlink(path: string): void {
    this.files.unlink(path);
  }

  syncDirectory(path: string): void {
    this.files.syncDirectory(path);
  }

  resolve(path: string): string | undefined {
    return this.files.resolve(path);
  }

  resolveNewPath(path: string): string {
    return this.files.resolveNewPath(path);
  }

  pathsBeginningWith(path: string): string[] {
    return this.files.pathsBeginningWith(path);
  }

  copyOwner(from: string, to: string): void {
    this.files.copyOwner(from, to);
  }

  linkCount(path: string): number {
    return this.files.linkCount(path);
  }

  identity(path: string): string | undefined {
    return this.files.identity(path);
  }

  isMountPoint(path: string): boolean {
    return this.files.isMountPoint(path);
  }
}
