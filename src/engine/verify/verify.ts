/** `verify`, the public check: runs it again when the store changed during it. */
import type { StoreFile } from '../pager/store-file.js';
import type { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { nodeFiles } from '../file/node-files.js';
import { type AbortOptions, untilAborted } from '../async/slices.js';
import { runSteps, type Steps } from '../steps.js';
import { openChecked } from './snapshot-reader.js';
import { checkStore, type StoreReport, type VerifyProgress } from './store-check.js';
import type { StoreVisitor } from './store-visitor.js';
import { type Second, SecondThread, type ThreadOptions } from './threads/second-thread.js';
import { untilUnchanged } from './until-unchanged.js';

export interface VerifyOptions extends ThreadOptions {
  /** Stop after the superblock and the pages, each by itself. */
  readonly quick?: boolean;
  /** Pages and bytes that nothing points to, and redundant bytes that are wrong, make a store not ok. */
  readonly strict?: boolean;
  /** How many findings are kept at most (default 100). All of them are counted. */
  readonly findingsMax?: number;
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** @internal Gives who looks on, as in `CheckOptions`. */
  readonly watch?: (pages: number) => StoreVisitor;
  readonly files?: FileSystem;
}

export interface VerifyReport extends StoreReport {
  /** Nothing is corrupt or torn; in a strict check nothing is a leak or odd either. */
  readonly ok: boolean;
  readonly quick: boolean;
  /**
   * A journal holds a commit that is not in the file yet: what was checked is what readers see, its pages over those of
   * the file.
   */
  readonly hasJournal: boolean;
  /** That something of somebody else's has the journal's name: a writer would be refused with this. */
  readonly foreignFile: StoreError | undefined;
}

export const DEFAULT_FINDINGS_MAX = 100;

/**
 * Checks a file, whatever it holds, and says what is wrong with it. Nothing in the file makes this throw, run for ever,
 * or take more memory than a few bits a page and the findings that are kept; nothing is written.
 *
 * @throws StoreError `STORE_NOT_FOUND`, `NOT_A_STORE` (no regular file), `IO_ERROR`, `STORE_CHANGING`
 */
export function* verifySteps(path: string, options: VerifyOptions = {}): Steps<VerifyReport> {
  const { files = nodeFiles } = options;
  return yield* untilUnchanged(files, path, (storeFile, isRestart) => verifyOnce(files, storeFile, options, isRestart));
}

/** The same without a pause. */
export function verify(path: string, options: VerifyOptions = {}): VerifyReport {
  return runSteps(verifySteps(path, options));
}

/** The same beside an event loop. */
export async function verifyAsync(
  path: string,
  { signal, ...options }: VerifyOptions & AbortOptions = {},
): Promise<VerifyReport> {
  return untilAborted(verifySteps(path, options), { signal });
}

/** @returns undefined when the store was changed meanwhile */
function* verifyOnce(
  files: FileSystem,
  storeFile: StoreFile,
  options: VerifyOptions,
  isRestart: boolean,
): Steps<VerifyReport | undefined> {
  const { quick = false, strict = false, findingsMax = DEFAULT_FINDINGS_MAX, onProgress = () => {}, watch } = options;
  const store = openChecked(files, storeFile, isRestart);
  let second: Second | undefined;
  try {
    const { source, hasJournal, journalFault, foreignFile } = store;
    second = SecondThread.start(source, options);
    const report = yield* checkStore(source, { quick, findingsMax, onProgress, journalFault, watch, second });
    if (report === undefined) return undefined;
    const { corrupt, torn, leak, odd } = report.severities;
    return { ok: corrupt + torn + (strict ? leak + odd : 0) === 0, quick, hasJournal, foreignFile, ...report };
  } finally {
    second?.end();
    store.close();
  }
}
