/** `backup`: a copy of a store as of one position, made beside a writer that goes on. */
import { isEmptyTree } from '../tree/root.js';
import { tableOf } from '../catalogue/table.js';
import { StoreError } from '../errors.js';
import { nodeFiles } from '../file/node-files.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { Superblock, TableEntry } from '../format/superblock.js';
import { resolveStore } from '../pager/store-name.js';
import { type AbortOptions, untilAborted } from '../async/slices.js';
import { runSteps, type Steps } from '../steps.js';
import { openToRead, type ReadableStore } from '../store/open-store.js';
import { DEFAULT_LOCK_TIMEOUT_MS } from '../store/options.js';
import type { StoreView } from '../timeline/view.js';
import { readAsOf } from './backup-source.js';
import { copyStoreId, type Source } from './copy.js';
import type { BackupOptions, BackupSummary } from './copy-options.js';
import { tee } from './key-sink.js';
import { buildStore } from './new-store.js';
import { openOutput, type Target } from './output.js';
import { TableTally } from './table-tally.js';

/** Keys are looked up one by one, older versions apart from newer ones. */
const BACKUP_CACHE_PAGES = 1024;
/** Gives up after this many commits while the tables are listed; kmb-store itself cannot commit that fast. */
const LISTS_MAX = 1000;

/** A store as of a commit: what its superblock said, and the tables that there were. */
interface Moment {
  readonly superblock: Superblock;
  readonly entries: readonly TableEntry[];
}

/**
 * Makes a copy of a store, with its history, as of the position that it has when it is opened. No lock is taken, and a
 * writer goes on meanwhile. Every page that is read is checked, what a table records of itself is compared with what
 * was found, and the copy is verified before it appears.
 *
 * @throws StoreError as `BTreeStore.open` to read; `OUTPUT_EXISTS`, `OUTPUT_IS_INPUT`, `STORE_LOCKED` (a writer of
 *   `output`), `SNAPSHOT_GONE` (a table was purged meanwhile), damage, `COPY_DIFFERS`
 */
export function backup(path: string, output: string, options: BackupOptions = {}): BackupSummary {
  return runSteps(backupSteps(path, output, options));
}

/** As `backup`, beside an event loop; when the signal ends it nothing was made. @throws StoreError as `backup` */
export async function backupAsync(
  path: string,
  output: string,
  { signal, ...options }: BackupOptions & AbortOptions = {},
): Promise<BackupSummary> {
  return untilAborted(backupSteps(path, output, options), { signal });
}

/** As `backup`, in steps of a few milliseconds; when they are not run to their end nothing was made. */
export function* backupSteps(path: string, output: string, options: BackupOptions = {}): Steps<BackupSummary> {
  const { files = nodeFiles, force = false, lockTimeoutMs = DEFAULT_LOCK_TIMEOUT_MS } = options;
  const { cachePages = BACKUP_CACHE_PAGES } = options;
  const input = resolveStore(files, path);
  const store = openToRead({ files, path: input, cachePages, format: undefined });
  try {
    const target = yield* openOutput({ files, output, force, lockTimeoutMs, store: path, input, isElsewhere: true });
    try {
      return yield* backUp(store, target, input, options);
    } finally {
      target.release();
    }
  } finally {
    store.pages.close();
  }
}

function* backUp(
  store: ReadableStore,
  target: Target,
  input: string,
  { files = nodeFiles, cachePages = BACKUP_CACHE_PAGES, onBegin, onProgress }: BackupOptions,
): Steps<BackupSummary> {
  const { pages } = store;
  const moment = momentOf(store, input);
  const { superblock } = moment;
  const bytes = Number(superblock.nextPageId) * PAGE_SIZE;
  onBegin?.({ path: target.path, bytes });
  const source = sourceOf(store, moment, { path: input, files });
  const built = yield* buildStore(
    {
      files,
      source,
      format: pages.format,
      storeId: pages.format.newRecord === undefined ? 0n : copyStoreId(superblock, Buffer.alloc(0)),
      span: {},
      cachePages,
      onCopied: (pagesDone, pagesTotal) => onProgress?.({ phase: 'copying', pagesDone, pagesTotal }),
      onCompared: (pagesDone, pagesTotal) => onProgress?.({ phase: 'comparing', pagesDone, pagesTotal }),
      // It may have gone on, or be replaced by now: the copy is of what was opened.
      checkSource: () => {},
    },
    target,
  );
  const { appliedPosition } = superblock;
  return { path: target.path, appliedPosition, pages: built.pages, bytes: built.pages * PAGE_SIZE };
}

/** The tables, and the commit that they are of: where they are read page by page there may be commits in between. */
function momentOf({ pages, tables }: ReadableStore, path: string): Moment {
  for (let attempt = 0; attempt < LISTS_MAX; attempt++) {
    const { superblock } = pages;
    const entries = [...tables.entries()];
    if (pages.superblock === superblock) return { superblock, entries };
  }
  throw new StoreError('STORE_CHANGING', `${path} is being changed faster than it can be read`, { path });
}

function sourceOf(
  { pages, tables }: ReadableStore,
  { superblock, entries }: Moment,
  { path, files }: Pick<StoreView, 'path' | 'files'>,
): Source {
  const { appliedPosition: position, appliedHash: hash } = superblock;
  const view: StoreView = {
    path,
    files,
    pages,
    applied: { position, hash },
    entries: () => entries,
    tableAt: (id) => tables.get(id),
  };
  return {
    format: pages.format,
    pageCount: pages.pageCount,
    superblock,
    tables: { entries: () => entries },
    *readTable(entry, sink) {
      // Whatever is there now was put later.
      if (isEmptyTree(tableOf(entry).tree)) return;
      const tally = new TableTally();
      yield* readAsOf(view, entry, tee(tally, sink));
      tally.compareWith(entry, path);
    },
  };
}
