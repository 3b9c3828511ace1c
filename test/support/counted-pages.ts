/** How many pages of a store a piece of work reads. */
import { PAGE_BYTES } from './format2/layout.js';
import type { MemoryFiles } from './memory-files.js';
import { STORE_PATH } from './memory-store.js';

/** The ids of the pages that are read from the store file, each once. */
export function pagesRead(files: MemoryFiles, work: () => void): number[] {
  const ids = new Set<number>();
  const before = files.onOperation;
  files.onOperation = (operation) => {
    before(operation);
    const { kind, path, position, length } = operation;
    if (kind !== 'read' || path !== STORE_PATH) return;
    for (let at = position; at < position + length; at += PAGE_BYTES) ids.add(Math.floor(at / PAGE_BYTES));
  };
  try {
    work();
  } finally {
    files.onOperation = before;
  }
  return [...ids].sort((a, b) => a - b);
}
