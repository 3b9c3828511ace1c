/** `upgrade` and `compact`, the public copies of a store. */
import { MIN_CACHE_PAGES } from '../cache/page-cache.js';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { nodeFiles } from '../file/node-files.js';
import { PAGE_SIZE } from '../format/layout.js';
import { DEFAULT_FORMAT, formatNumber } from '../format/formats.js';
import type { StoreFormat } from '../format/store-format.js';
import type { Superblock } from '../format/superblock.js';
import { isHashKnown } from '../log/hash-chain.js';
import { WriterLock } from '../lock/writer-lock.js';
import { DEFAULT_LOCK_TIMEOUT_MS } from '../store/options.js';
import { openStoreFile, resolveStore } from '../pager/store-name.js';
import { type AbortOptions, untilAborted } from '../async/slices.js';
import { runSteps, type Steps } from '../steps.js';
import { openToRead, openToWrite, requestedFormat } from '../store/open-store.js';
import { checkKnown, idsKnownAt } from '../timeline/positions.js';
import { checkSource } from './check-source.js';
import { copyStoreId, positionOfCopy, type Source, type Span, wholeStore } from './copy.js';
import { type BuiltStore, buildStore, type CopyRequest, measureStore } from './new-store.js';
import { checkUnchanged, openOutput, type Target } from './output.js';
import type { CompactOptions, CopyOptions, CopySummary, UpgradeOptions, UpgradeSummary } from './copy-options.js';
import type { CopyPhase, OnPages } from './progress.js';

/** A copy reads each page once, in order: more memory would not make it faster. */
const COPY_CACHE_PAGES = 256;

/**
 * Makes a store one of the newest format: a copy of it, checked and compared with it, takes its place, whole or not at
 * all. Every position answers as before; applied position and hash stay. Readers that have the store open keep what
 * they have open. It takes as much room on disk as the copy. A store that has the format already stays as it is, unless
 * the copy goes elsewhere.
 *
 * @throws StoreError as `BTreeStore.open`; `STORE_TORN`, `OUTPUT_EXISTS`, `OUTPUT_IS_INPUT`, `STORE_TOO_LARGE`,
 *   `STORE_REPLACED`, `LOCK_LOST`, `COPY_DIFFERS`
 */
export function upgrade(path: string, options: UpgradeOptions = {}): UpgradeSummary {
  return runSteps(upgradeSteps(path, options));
}

/** As `upgrade`, beside an event loop; when the signal ends it nothing was changed. @throws StoreError as `upgrade` */
export async function upgradeAsync(
  path: string,
  { signal, ...options }: UpgradeOptions & AbortOptions = {},
): Promise<UpgradeSummary> {
  return untilAborted(upgradeSteps(path, options), { signal });
}

/**
 * As `upgrade`, in steps of a few milliseconds; when they are not run to their end nothing was changed. @throws
 * StoreError as `upgrade`
 */
export function* upgradeSteps(path: string, options: UpgradeOptions = {}): Steps<UpgradeSummary> {
  const present = options.output === undefined ? newestAlready(path, options) : undefined;
  return present ?? (yield* copySteps(path, options, { formatFor: () => DEFAULT_FORMAT, span: {} }));
}

/** What there is to say of a store that has the newest format. */
function newestAlready(path: string, { files = nodeFiles }: UpgradeOptions): UpgradeSummary | undefined {
  const input = resolveStore(files, path);
  const { pages } = openToRead({ files, path: input, cachePages: MIN_CACHE_PAGES, format: undefined });
  try {
    if (pages.format !== DEFAULT_FORMAT) return undefined;
    const { nextPageId, appliedPosition } = pages.superblock;
    const [format, pageCount] = [formatNumber(pages.format), Number(nextPageId)];
    const same = { fromFormat: format, toFormat: format, pagesBefore: pageCount, pagesAfter: pageCount };
    return { path: input, ...same, appliedPosition };
  } finally {
    pages.close();
  }
}

/**
 * Makes a dense copy of a store, which takes its place as that of `upgrade` does. Every position answers as before, or
 * with `keepFrom` every position from that one on: earlier ones are then refused with `POSITION_FORGOTTEN`.
 *
 * @throws StoreError as `upgrade`; `POSITION_BEYOND_APPLIED`; to format 1 `ENTRY_TOO_LARGE`, `TOO_MANY_TABLES`,
 *   `POSITION_FORGOTTEN` and, with `keepFrom`, `FORMAT_MISMATCH`
 */
export function compact(path: string, options: CompactOptions = {}): CopySummary {
  return runSteps(compactSteps(path, options));
}

/** As `compact`, beside an event loop; when the signal ends it nothing was changed. @throws StoreError as `compact` */
export async function compactAsync(
  path: string,
  { signal, ...options }: CompactOptions & AbortOptions = {},
): Promise<CopySummary> {
  return untilAborted(compactSteps(path, options), { signal });
}

/**
 * As `compact`, in steps of a few milliseconds; when they are not run to their end nothing was changed. @throws
 * StoreError as `compact`
 */
export function compactSteps(path: string, options: CompactOptions = {}): Steps<CopySummary> {
  const format = requestedFormat(options.format);
  if (options.dryRun === true) return measureSteps(path, options, format);
  const { keepFrom } = options;
  return copySteps(path, options, { formatFor: (own) => format ?? own, span: { keepFrom } });
}

/** What the copy of a store is to be. */
export interface CopyPurpose {
  /** Its format, by that of the store. */
  readonly formatFor: (own: StoreFormat) => StoreFormat;
  readonly span: Span;
  /** Whether the copy cannot go to the place of the store. */
  readonly isElsewhere?: boolean;
}

/** Makes a copy of a store, in steps of a few milliseconds. */
export function* copySteps(
  path: string,
  options: CopyOptions,
  { formatFor, span, isElsewhere = false }: CopyPurpose,
): Steps<CopySummary> {
  const { files = nodeFiles, lockTimeoutMs = DEFAULT_LOCK_TIMEOUT_MS, cachePages = COPY_CACHE_PAGES } = options;
  const input = resolveStore(files, path);
  const lock = yield* WriterLock.acquire(files, input, lockTimeoutMs);
  try {
    const { pager, tables, superblock } = yield* openToWrite(
      { files, path: input, cachePages, format: undefined },
      lock,
    );
    try {
      if (superblock === undefined) throw new Error('a store that was opened has no superblock');
      const format = formatFor(pager.format);
      const source = wholeStore(pager, tables, superblock);
      yield* checkSpan(input, format, source, span);
      const identity = files.identity(input) as string;
      const ownPlace: Target = { path: input, lock, replaced: identity, release: () => {} };
      const { output, force = false } = options;
      const target =
        output === undefined
          ? ownPlace
          : yield* openOutput({ files, output, force, lockTimeoutMs, store: path, input, isElsewhere });
      try {
        yield* checkSource(files, path, onPhase(options, 'checking'));
        options.onBegin?.({ path: target.path, bytes: bytesInUse(superblock) });
        const firstPage = readFirstPage(files, input);
        const request = requestOf(source, format, firstPage, options, span, () => {
          checkUnchanged(files, input, identity, firstPage);
        });
        return summaryOf(target.path, request, yield* buildStore(request, target));
      } finally {
        target.release();
      }
    } finally {
      pager.close();
    }
  } finally {
    lock.release();
  }
}

function* measureSteps(path: string, options: CompactOptions, requested: StoreFormat | undefined): Steps<CopySummary> {
  const { files = nodeFiles, cachePages = COPY_CACHE_PAGES, keepFrom } = options;
  const span = { keepFrom };
  const input = resolveStore(files, path);
  yield* checkSource(files, path, onPhase(options, 'checking'));
  const { pages, tables } = openToRead({ files, path: input, cachePages, format: undefined });
  try {
    const { superblock } = pages;
    const format = requested ?? pages.format;
    const source = wholeStore(pages, tables, superblock);
    yield* checkSpan(input, format, source, span);
    const request = requestOf(source, format, readFirstPage(files, input), options, span, () => {});
    return summaryOf(input, request, yield* measureStore(request));
  } finally {
    pages.close();
  }
}

function requestOf(
  source: Source,
  format: StoreFormat,
  firstPage: Buffer,
  options: CopyOptions,
  span: Span,
  checkStillThere: () => void,
): CopyRequest {
  const { files = nodeFiles, cachePages = COPY_CACHE_PAGES } = options;
  return {
    files,
    source,
    format,
    storeId: storeIdOfCopy(source, format, firstPage, span),
    span,
    cachePages,
    onCopied: onPhase(options, 'copying'),
    onCompared: onPhase(options, 'comparing'),
    checkSource: checkStillThere,
  };
}

function summaryOf(
  path: string,
  { source, format, span }: CopyRequest,
  { pages: pagesAfter, fingerprint, versionsBefore, keysDropped, tables }: BuiltStore,
): CopySummary {
  const { superblock } = source;
  const { position, hash } = positionOfCopy(source, span);
  const oldest = tables.map(({ record }) => record?.oldest ?? 0n);
  return {
    path,
    fromFormat: formatNumber(source.format),
    toFormat: formatNumber(format),
    pagesBefore: Number(superblock.nextPageId),
    pagesAfter,
    versionsBefore,
    versionsAfter: fingerprint.versions,
    keysDropped,
    oldest: oldest.reduce((highest, position) => (position > highest ? position : highest), 0n),
    appliedPosition: position,
    isHashKnown: isHashKnown(hash, position),
  };
}

/** A store without a batch has no id yet: it gets one with its first. */
function storeIdOfCopy(source: Source, format: StoreFormat, firstPage: Buffer, span: Span): bigint {
  if (format.newRecord === undefined || positionOfCopy(source, span).position === 0n) return 0n;
  return copyStoreId(source.superblock, firstPage);
}

/** @throws StoreError `FORMAT_MISMATCH`, `POSITION_BEYOND_APPLIED`, `POSITION_FORGOTTEN` */
function* checkSpan(path: string, format: StoreFormat, source: Source, { keepFrom, upTo }: Span): Steps<void> {
  const { appliedPosition } = source.superblock;
  if (upTo !== undefined) {
    checkKnown(upTo, appliedPosition);
    yield* idsKnownAt(upTo, source.tables.entries());
  }
  if (keepFrom === undefined) return;
  if (format.newRecord === undefined) {
    const message = `a store of format ${formatNumber(format)} cannot say which positions it has forgotten`;
    throw new StoreError('FORMAT_MISMATCH', message, { path }, 'use --format 2, or leave --keep-from out');
  }
  checkKnown(keepFrom, appliedPosition);
}

function bytesInUse({ nextPageId, record }: Superblock): number {
  return (Number(nextPageId) - (record?.freePages ?? 0)) * PAGE_SIZE;
}

function readFirstPage(files: FileSystem, path: string): Buffer {
  const file = openStoreFile(files, path, 'read');
  try {
    const page = Buffer.alloc(PAGE_SIZE);
    return page.subarray(0, file.read(page, 0, PAGE_SIZE, 0));
  } finally {
    file.close();
  }
}

function onPhase({ onProgress }: CopyOptions, phase: CopyPhase): OnPages {
  return (pagesDone, pagesTotal) => onProgress?.({ phase, pagesDone, pagesTotal });
}
