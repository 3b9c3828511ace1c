/** A store in memory, opened by the engine: most tests need no disk. */
import { BTreeStore, decodeLogLine, type OpenOptions } from '../../src/engine/index.js';
import type { FormatNumber } from './any-format.js';
import { utf8 } from './bytes.js';
import { MemoryFiles } from './memory-files.js';

export const STORE_PATH = '/memory/store.kmb';

export function memoryWith(bytes: Uint8Array): MemoryFiles {
  const files = new MemoryFiles();
  files.set(STORE_PATH, bytes);
  return files;
}

/**
 * A store that is made here is of format 1, unless another is asked for, and is one file after each `sync`, for who
 * looks at the file while it is open.
 */
export function openMemory(files: MemoryFiles, options: Omit<OpenOptions, 'files'> = {}): BTreeStore {
  const isMade = options.create === true && !files.paths().includes(STORE_PATH);
  return BTreeStore.open(STORE_PATH, { journalBytes: 0, ...(isMade ? { format: 1 } : {}), ...options, files });
}

/** A store to be made, with the smallest cache. */
export const newStore = (files = new MemoryFiles(), format: FormatNumber = 1, journalBytes = 0): BTreeStore =>
  openMemory(files, { create: true, cachePages: 32, format, journalBytes });

/** Opens, works, closes. */
export function usingStore<T>(
  files: MemoryFiles,
  options: Omit<OpenOptions, 'files'>,
  work: (store: BTreeStore) => T,
): T {
  const store = openMemory(files, options);
  try {
    return work(store);
  } finally {
    store.close();
  }
}

/** A new store with the whole log applied, each line a batch, synced every `linesPerSync` lines and at the end. */
export function replayed(
  lines: readonly string[],
  linesPerSync: number,
  cachePages: number,
  format: FormatNumber = 1,
): MemoryFiles {
  const files = new MemoryFiles();
  usingStore(files, { create: true, cachePages, format }, (store) => {
    for (const [index, line] of lines.entries()) {
      store.apply(decodeLogLine(utf8(line)));
      if ((index + 1) % linesPerSync === 0) store.sync();
    }
    store.sync();
  });
  return files;
}
