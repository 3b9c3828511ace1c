/**
 * The files beside a store: which names they have, how they begin, and by what they are told from files of somebody
 * else's. A name proves nothing; a file is removed only when its content says that a writer of this software made it.
 */
import { StoreError, type StoreErrorCode } from '../errors.js';
import type { FileSystem, FileHandle } from '../file/files.js';
import { beginsAsJournal, encodeOpenPage } from './format.js';
import { CRC_OFFSET, PAGE_SIZE } from '../format/layout.js';

/** The lock of a writer, as the files that it makes beside the store know it. */
export interface HeldLock {
  readonly id: string;
  /** Whether the lock file is still this writer's. @throws StoreError `IO_ERROR` */
  isHeld(): boolean;
}

/** The name of a store's journal. */
export function journalPath(storePath: string): string {
  return `${storePath}-journal`;
}

/** What is put after a store's name for one that is being made. */
export const NEW = 'new';
const TEMPORARY = `-(?:${NEW}|spill|sort)-[0-9a-f]{12}`;
const TEMPORARY_NAME = new RegExp(`^${TEMPORARY}$`);
const SIDE_ENDING = new RegExp(`(?:-journal|-lock(?:-[^/]*)?|${TEMPORARY})$`);

/** Whether a path ends as one that a writer of some store may need beside it. */
export function hasSideEnding(path: string): boolean {
  return SIDE_ENDING.test(path);
}

/** Whether a path is one that a writer of a store may need beside it. */
export function isSideName(storePath: string, path: string): boolean {
  if (!path.startsWith(`${storePath}-`)) return false;
  const rest = path.slice(storePath.length);
  return path === journalPath(storePath) || /^-lock(?:-|$)/.test(rest) || TEMPORARY_NAME.test(rest);
}

const NO_FILE: readonly StoreErrorCode[] = ['NOT_A_FILE', 'FILE_NOT_FOUND'];

/**
 * Makes a file that says whose it is before it holds anything else: its first page.
 *
 * @throws StoreError `FILE_EXISTS`, `IO_ERROR`
 */
export function createSideFile(files: FileSystem, path: string, lockId: string): FileHandle {
  const file = files.open(path, 'create');
  try {
    file.write(encodeOpenPage(lockId), 0, PAGE_SIZE, 0);
    return file;
  } catch (error) {
    file.close();
    files.unlink(path);
    throw error;
  }
}

/**
 * Room on disk: a file without a name, so that no crash leaves it behind. Its first page is taken.
 *
 * @throws StoreError `IO_ERROR`
 */
export function createNamelessFile(files: FileSystem, path: string, lockId: string): FileHandle {
  const file = createSideFile(files, path, lockId);
  try {
    files.unlink(path);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * Whether the first page of a file under the name of a journal, or as much of it as there is, is one that a journal may
 * have.
 */
export function isOurBeginning(page: Buffer): boolean {
  // Of a header that a crash tore, the checksum may be all that is there.
  return beginsAsJournal(page) || page.subarray(0, CRC_OFFSET).every((byte) => byte === 0);
}

/**
 * Removes the temporary files that killed writers of a store have left. Whoever calls it is the store's only writer.
 *
 * @throws StoreError `SIDE_FILE_FOREIGN` when one under such a name was made by somebody else: it stays
 */
export function removeLeftovers(files: FileSystem, storePath: string): void {
  for (const path of attempt(() => files.pathsBeginningWith(`${storePath}-`)) ?? []) {
    if (!TEMPORARY_NAME.test(path.slice(storePath.length))) continue;
    const isOurs = attempt(() => isOurLeftover(files, storePath, path));
    if (isOurs === false) throw foreignFile(storePath, path);
    // What cannot be removed now is removed by the next writer.
    if (isOurs === true) attempt(() => files.unlink(path));
  }
}

/** The error for a file that has one of a store's names and is not the store's. */
export function foreignFile(storePath: string, file: string): StoreError {
  const message = `${file} was not made by kmb-store, and ${storePath} needs its name`;
  return new StoreError('SIDE_FILE_FOREIGN', message, { path: storePath, file }, 'give that file another name');
}

function isOurLeftover(files: FileSystem, storePath: string, path: string): boolean {
  // A second name of the store itself, which was about to be removed. A name without a file is a link that leads
  // nowhere.
  const identity = files.identity(path);
  if (identity !== undefined && identity === files.identity(storePath)) return path.startsWith(`${storePath}-${NEW}-`);
  const ends = readEnds(files, path);
  return ends !== undefined && (isOurBeginning(ends.first) || beginsAsJournal(ends.last));
}

interface Ends {
  /** As much of the first page as there is. */
  readonly first: Buffer;
  /** The last page; empty when it is not a whole one. */
  readonly last: Buffer;
}

/** Undefined for what is not a file. */
function readEnds(files: FileSystem, path: string): Ends | undefined {
  let file: FileHandle;
  try {
    file = files.open(path, 'read');
  } catch (error) {
    const isGone = error instanceof StoreError && error.code === 'FILE_NOT_FOUND' && files.identity(path) === undefined;
    if (error instanceof StoreError && !isGone && NO_FILE.includes(error.code)) return undefined;
    throw error;
  }
  try {
    const size = file.size();
    const read = (position: number): Buffer => {
      const page = Buffer.alloc(PAGE_SIZE);
      return page.subarray(0, file.read(page, 0, PAGE_SIZE, position));
    };
    return { first: read(0), last: size % PAGE_SIZE === 0 && size > 0 ? read(size - PAGE_SIZE) : Buffer.alloc(0) };
  } finally {
    file.close();
  }
}

/** What the system does not let us see or do is left for the next writer. */
function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}
