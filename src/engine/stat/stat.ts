/** `stat`, the figures of a store: what is in it, and how its pages are used. */
import type { FileSystem } from '../file/files.js';
import { nodeFiles } from '../file/node-files.js';
import type { StoreFile } from '../pager/store-file.js';
import { resolveStore } from '../pager/store-name.js';
import { type AbortOptions, untilAborted } from '../async/slices.js';
import { runSteps, type Steps } from '../steps.js';
import { withPath } from '../store/store-checks.js';
import { type CheckedStore, openNewest } from '../verify/snapshot-reader.js';
import { untilUnchanged } from '../verify/until-unchanged.js';
import { countStore, type StatProgress } from './count-store.js';
import { recordedFigures } from './recorded.js';
import type { StatReport } from './report.js';

export interface StatOptions {
  /** Only what is recorded in the superblock, and in the catalogue where there is one (default false). */
  readonly fast?: boolean | undefined;
  /** Only this table; one that is not there has no figures. */
  readonly table?: bigint | undefined;
  readonly onProgress?: (progress: StatProgress) => void;
  readonly files?: FileSystem;
}

/**
 * Counts what is in a store, in steps of a few milliseconds: one walk through all trees, in bounded memory but for the
 * list of the tables. Nothing is written.
 *
 * @throws StoreError as `BTreeStore.open` of a store that is only read; damage, with which nobody can count
 */
export function* statSteps(path: string, options: StatOptions = {}): Steps<StatReport> {
  const { files = nodeFiles, fast = false } = options;
  if (!fast) {
    const look = (file: StoreFile, isRestart: boolean) => statOnce(files, file, path, options, isRestart);
    return yield* untilUnchanged(files, path, look);
  }
  return recordedFigures(files, resolveStore(files, path), options.table);
}

/** The same without a pause. @throws StoreError as `statSteps` */
export function stat(path: string, options: StatOptions = {}): StatReport {
  return runSteps(statSteps(path, options));
}

/** The same beside an event loop. @throws StoreError as `statSteps` */
export async function statAsync(
  path: string,
  { signal, ...options }: StatOptions & AbortOptions = {},
): Promise<StatReport> {
  return untilAborted(statSteps(path, options), { signal });
}

/** @returns undefined when the store was changed meanwhile */
function* statOnce(
  files: FileSystem,
  storeFile: StoreFile,
  path: string,
  { table, onProgress = () => {} }: StatOptions,
  isRestart: boolean,
): Steps<StatReport | undefined> {
  const store = openNamed(files, storeFile, path, isRestart);
  try {
    const report = yield* countStore(store.source, table, onProgress);
    return report && { ...report, foreignFile: store.foreignFile };
  } finally {
    store.close();
  }
}

function openNamed(files: FileSystem, storeFile: StoreFile, path: string, isRestart: boolean): CheckedStore {
  try {
    return openNewest(files, storeFile, isRestart);
  } catch (error) {
    throw withPath(path, error);
  }
}
