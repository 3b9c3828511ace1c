/** Where a copy goes: to the place of the store that it is made of, or to a file of its own. */
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { discardStaleJournal, recover } from '../pager/recovery.js';
import { replacedStore } from '../pager/still-ours.js';
import { StoreFile } from '../pager/store-file.js';
import { openStoreFile } from '../pager/store-name.js';
import { type HeldLock, isSideName, journalPath, removeLeftovers } from '../journal/side-files.js';
import { WriterLock } from '../lock/writer-lock.js';
import type { Steps } from '../steps.js';

/** A path to publish a store at, whose lock is held. */
export interface Target {
  readonly path: string;
  readonly lock: HeldLock;
  /** The file whose place the new one takes; undefined where there is none. */
  readonly replaced: string | undefined;
  release(): void;
}

export interface OutputRequest {
  readonly files: FileSystem;
  /** Where it is to go, as it was given. */
  readonly output: string;
  /** Whether it may take the place of a file that is there. */
  readonly force: boolean;
  readonly lockTimeoutMs: number;
  /** The store that is copied, as it was given, and with links followed. */
  readonly store: string;
  readonly input: string;
  /** Whether there must be another file: the copy cannot go to the place of the store. */
  readonly isElsewhere?: boolean;
}

/**
 * Gets a path ready for a copy: its lock is taken, and what a writer left beside a store that is to be replaced is
 * recovered.
 *
 * @throws StoreError `OUTPUT_EXISTS`, `OUTPUT_IS_INPUT`, `STORE_LOCKED`, `SIDE_FILE_FOREIGN`, `JOURNAL_FOREIGN`,
 *   `IO_ERROR`
 */
export function* openOutput(request: OutputRequest): Steps<Target> {
  const { files, output, force, lockTimeoutMs } = request;
  const path = files.resolve(output) ?? files.resolveNewPath(output);
  refuseSameFile(request, path);
  if (!force) refuseExisting(request, path);
  const lock = yield* WriterLock.acquire(files, path, lockTimeoutMs);
  let isReady = false;
  try {
    // Looked at again: somebody else may have made it, or linked it to the input, while we waited.
    refuseSameFile(request, path);
    if (!force) refuseExisting(request, path);
    removeLeftovers(files, path);
    const replaced = files.identity(path);
    if (replaced === undefined) yield* discardStaleJournal(files, path);
    else yield* recoverReplaced(files, path, lock);
    isReady = true;
    return { path, lock, replaced, release: () => lock.release() };
  } finally {
    if (!isReady) lock.release();
  }
}

/** @throws StoreError `STORE_REPLACED`: the store that is copied is not the file any more that was opened */
export function checkUnchanged(files: FileSystem, path: string, identity: string, firstPage: Buffer): void {
  if (files.identity(path) !== identity) throw replacedStore(path, 'was replaced or removed');
  const file = openStoreFile(files, path, 'read');
  try {
    const found = Buffer.alloc(firstPage.length);
    const read = file.read(found, 0, found.length, 0);
    if (!firstPage.equals(found.subarray(0, read))) throw replacedStore(path, 'was overwritten');
  } finally {
    file.close();
  }
}

function refuseSameFile({ files, input, output, store, isElsewhere = false }: OutputRequest, path: string): void {
  const facts = { path: output, store };
  if (path === input || files.identity(path) === files.identity(input)) {
    const message = `${output} is the store itself`;
    const hint = isElsewhere ? 'choose another name' : 'leave --output out to replace the store';
    throw new StoreError('OUTPUT_IS_INPUT', message, facts, hint);
  }
  if (!isSideName(input, path) && !isSideName(path, input)) return;
  const message = `${output} and ${store} cannot be beside each other: a writer of one needs the name of the other`;
  throw new StoreError('OUTPUT_IS_INPUT', message, facts, 'choose another name');
}

function refuseExisting({ files, output }: OutputRequest, path: string): void {
  if (files.identity(path) !== undefined) {
    const message = `${output} exists already`;
    throw new StoreError('OUTPUT_EXISTS', message, { path: output }, 'choose another name, or replace it with --force');
  }
  const journal = journalPath(path);
  if (files.identity(journal) === undefined) return;
  const message = `${output} is not there, but ${journalPath(output)} is: a journal of it`;
  throw new StoreError(
    'OUTPUT_EXISTS',
    message,
    { path: output, journal },
    'choose another name, or move the journal away',
  );
}

/** What a journal beside it says must not be taken for the new store's. */
function* recoverReplaced(files: FileSystem, path: string, lock: HeldLock): Steps<void> {
  if (files.identity(journalPath(path)) === undefined) return;
  const storeFile = StoreFile.open(files, path, lock);
  try {
    yield* recover(files, storeFile);
  } finally {
    storeFile.close();
  }
}
