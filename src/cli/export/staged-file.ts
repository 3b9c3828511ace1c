/** A file that is written under a temporary name, and gets its own when all of it is there. */
import path from 'node:path';
import { type FileHandle, nodeFiles, StoreError } from '../../engine/index.js';

/** What temporary files begin and end with: no query over `*.parquet` and the like takes them in. */
const TEMPORARY_NAME = /^\..+\.\d+\.tmp$/;

/** Whether this is the name of a file that an export was writing. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY_NAME.test(name);
}

/** The name beside a path for what is to take its place. */
export function temporaryPath(target: string): string {
  return path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.tmp`);
}

/** @throws StoreError `IO_ERROR`, `FILE_EXISTS` from all methods */
export class StagedFile {
  readonly #temporary: string;
  readonly #file: FileHandle;
  #isOpen = true;
  /** Bytes written so far. */
  bytes = 0;

  constructor(readonly target: string) {
    this.#temporary = temporaryPath(target);
    this.#file = nodeFiles.open(this.#temporary, 'create');
  }

  write(bytes: Uint8Array): void {
    this.#file.write(bytes, 0, bytes.length, this.bytes);
    this.bytes += bytes.length;
  }

  /** Nothing more is written. */
  end(): void {
    this.#file.sync();
    this.#close();
  }

  /** Gives it its name, in the place of what has it where that is allowed. The directory is synced by the caller. */
  publish(isReplacing: boolean): void {
    if (isReplacing) {
      nodeFiles.rename(this.#temporary, this.target);
      return;
    }
    nodeFiles.link(this.#temporary, this.target);
    nodeFiles.unlink(this.#temporary);
  }

  /** Removes it, unless it has its name already. */
  discard(): void {
    this.#close();
    try {
      nodeFiles.unlink(this.#temporary);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'FILE_NOT_FOUND') throw error;
    }
  }

  #close(): void {
    if (this.#isOpen) this.#file.close();
    this.#isOpen = false;
  }
}
