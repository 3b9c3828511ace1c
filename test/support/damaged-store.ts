/** Stores that may be damaged, opened to be written. */
import { type BTreeStore, StoreError } from '../../src/engine/index.js';
import type { MemoryFiles } from './memory-files.js';
import { openMemory } from './memory-store.js';
import { isDamage } from './store-errors.js';

/** Undefined where damage is in the way, or a feature that nobody knows. */
export function openDamaged(files: MemoryFiles): BTreeStore | undefined {
  try {
    return openMemory(files, { cachePages: 32 });
  } catch (error) {
    if (isDamage(error) || (error instanceof StoreError && error.code === 'FEATURE_UNSUPPORTED')) return undefined;
    throw error;
  }
}
