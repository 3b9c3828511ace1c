/**
 * A file of text that a command makes, as its result or beside it. It is written under a temporary name, and has its
 * own name only when it is complete.
 */
import { StoreError } from '../errors.js';
import type { FileHandle, FileSystem } from '../file/files.js';
import { isSideName } from '../journal/side-files.js';

export interface CompleteFileRequest {
  readonly files: FileSystem;
  /** As it was given. */
  readonly path: string;
  /** Other files of the command, which may not be the same one. */
  readonly others: readonly string[];
  /** Whether it may take the place of a file that is there. */
  readonly force: boolean;
}

export class CompleteFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  #isOpen = true;

  /**
   * Makes the file, without its name: a folder that takes none is refused before there is anything to be lost.
   *
   * @throws StoreError `OUTPUT_IS_INPUT`, `OUTPUT_EXISTS`, `IO_ERROR`
   */
  constructor(private readonly request: CompleteFileRequest) {
    const { files, path } = request;
    this.#path = resolved(files, path);
    this.#refuseOthers();
    if (!request.force && files.identity(this.#path) !== undefined) throw exists(path);
    this.#temporary = `${this.#path}.${files.processes.self().pid}.tmp`;
    this.#file = files.open(this.#temporary, 'create');
  }

  /**
   * Writes all of it, and gives it its name.
   *
   * @returns how many bytes it has
   * @throws StoreError `OUTPUT_EXISTS`, `OUTPUT_IS_INPUT`, `IO_ERROR`
   */
  complete(parts: Iterable<string>): number {
    const { files, force, path } = this.request;
    let end = 0;
    for (const part of parts) {
      const bytes = Buffer.from(part);
      this.#file.write(bytes, 0, bytes.length, end);
      end += bytes.length;
    }
    this.#file.sync();
    // Looked at again: what was made meanwhile is not to be lost either.
    this.#refuseOthers();
    if (force) {
      if (files.identity(this.#path) !== undefined) files.copyOwner(this.#path, this.#temporary);
      files.rename(this.#temporary, this.#path);
    } else {
      try {
        files.link(this.#temporary, this.#path);
      } catch (error) {
        throw error instanceof StoreError && error.code === 'FILE_EXISTS' ? exists(path) : error;
      }
      files.unlink(this.#temporary);
    }
    files.syncDirectory(this.#path);
    this.#close();
    return end;
  }

  /** Leaves nothing of it where it was not completed. To be called however that ended. */
  release(): void {
    if (!this.#isOpen) return;
    this.#close();
    this.request.files.unlink(this.#temporary);
  }

  #close(): void {
    this.#isOpen = false;
    this.#file.close();
  }

  #refuseOthers(): void {
    const { files, path, others } = this.request;
    const identity = files.identity(this.#path);
    for (const other of others) {
      const otherPath = resolved(files, other);
      const isSame = otherPath === this.#path || (identity !== undefined && identity === files.identity(otherPath));
      if (!isSame && !isSideName(otherPath, this.#path)) continue;
      const message = isSame ? `${path} and ${other} are the same file` : `${path} is a name that belongs to ${other}`;
      throw new StoreError('OUTPUT_IS_INPUT', message, { path, other }, 'choose another name');
    }
  }
}

function resolved(files: FileSystem, path: string): string {
  return files.resolve(path) ?? files.resolveNewPath(path);
}

function exists(path: string): StoreError {
  const hint = 'choose another name, or replace it with --force';
  return new StoreError('OUTPUT_EXISTS', `${path} exists already`, { path }, hint);
}
