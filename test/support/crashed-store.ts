/** Stores as crashes at known moments leave them. */
import { BTreeStore, WriteBatch } from '../../src/engine/index.js';
import type { FormatNumber } from './any-format.js';
import { utf8 } from './bytes.js';
import { MemoryFiles } from './memory-files.js';
import { newStore, openMemory, STORE_PATH } from './memory-store.js';
import { RecordedFiles } from './recorded-files.js';

export const JOURNAL_PATH = `${STORE_PATH}-journal`;

/**
 * Tables 1 to 3, a page each, key `k`. Position 3 everywhere: `old`. Position 4: tables 1 and 2 say `new`, and there is
 * a table 4.
 */
export interface CrashedStore {
  /** As of position 3, at rest. */
  readonly old: MemoryFiles;
  /** As of position 4, at rest. */
  readonly new: MemoryFiles;
  /** The commit of position 4: what a crash leaves before each of its events. */
  readonly commit: RecordedFiles;
  /** The store is as of position 3, and the journal whole. */
  readonly atCommitPoint: MemoryFiles;
  /** The superblock is in its place, and nothing else. */
  readonly inPlace: MemoryFiles;
}

export function crashedStore(format: FormatNumber = 1): CrashedStore {
  const old = new MemoryFiles();
  const made = newStore(old, format);
  for (let position = 1n; position <= 3n; position += 1n)
    made.apply(new WriteBatch(position).put(position, 'k', 'old'));
  made.sync();
  made.close();
  const commit = new RecordedFiles(old);
  const store = BTreeStore.open(STORE_PATH, { files: commit });
  store.apply(new WriteBatch(4n).put(1n, 'k', 'new').put(2n, 'k', 'new').put(4n, 'k', 'new'));
  store.checkpoint();
  store.close();
  const committed = commit.log.indexOf('sync store.kmb-journal') + 2;
  return {
    old,
    new: commit.crashed(commit.events.length, 'nothing'),
    commit,
    atCommitPoint: commit.crashed(committed, 'nothing'),
    inPlace: commit.crashed(committed + 1, 'all'),
  };
}

export function copyOf(files: MemoryFiles): MemoryFiles {
  const copy = new MemoryFiles();
  for (const path of files.paths()) copy.set(path, files.get(path));
  return copy;
}

/** A copy with one file changed, or with `undefined` taken away. */
export function withFile(files: MemoryFiles, path: string, bytes: Buffer | undefined): MemoryFiles {
  const copy = new MemoryFiles();
  for (const other of files.paths()) if (other !== path) copy.set(other, files.get(other));
  if (bytes !== undefined) copy.set(path, bytes);
  return copy;
}

/** What the store says of key `k` in tables 1 to 4. */
export function valuesIn(files: MemoryFiles, readOnly: boolean): string {
  const store = openMemory(files, { readOnly });
  try {
    const values = [1n, 2n, 3n, 4n].map((table) => Buffer.from(store.get(table, utf8('k')) ?? utf8('-')).toString());
    return `${store.appliedPosition} ${values.join(' ')}`;
  } finally {
    store.close();
  }
}

export const OLD_VALUES = '3 old old old -';
export const NEW_VALUES = '4 new new old new';
