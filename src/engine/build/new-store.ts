/**
 * Makes a copy of a store and publishes it whole.
 *
 * 1. *build*: all pages but those of the superblock are written to a file with a temporary name beside the target;
 *    synced;
 * 2. *superblock*: the pages of the superblock are written; synced. The file is a whole store now, and a page past its
 *    end says that it is a temporary file of ours;
 * 3. *compare*: it is checked, and what it holds compared with what the source holds;
 * 4. *publish*: it is renamed to the target, or linked there where nothing may be replaced; the directory is synced;
 * 5. *cut*: the page past the end is cut off.
 *
 * A crash before 4 leaves the target as it was and a temporary file that the next writer removes; after it the new
 * store, with a page past its end that the next writer cuts off.
 */
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { StoreFormat } from '../format/store-format.js';
import type { Superblock } from '../format/superblock.js';
import { decodeSuperblock, formatOfSuperblock } from '../format/superblock-page.js';
import { readStoredSuperblock } from '../pager/superblock-copies.js';
import { checkLock } from '../pager/still-ours.js';
import { StoreFile } from '../pager/store-file.js';
import type { Steps } from '../steps.js';
import { verifySteps } from '../verify/verify.js';
import { BuiltPages } from './built-pages.js';
import {
  type Copied,
  copiedSuperblock,
  copyTables,
  type Fingerprint,
  fingerprintOf,
  positionOfCopy,
  type Source,
  type Span,
  tablesOf,
  wholeStore,
} from './copy.js';
import type { Target } from './output.js';
import type { OnPages } from './progress.js';
import { FinishedPages } from './finished-pages.js';
import { ShortenedFile } from './shortened-file.js';

export interface CopyRequest {
  readonly files: FileSystem;
  readonly source: Source;
  readonly format: StoreFormat;
  readonly storeId: bigint;
  readonly span: Span;
  readonly cachePages: number;
  readonly onCopied: OnPages;
  readonly onCompared: OnPages;
  /** Whether the source is still what was copied. @throws StoreError when it is not */
  readonly checkSource: () => void;
}

export interface BuiltStore extends Copied {
  readonly pages: number;
}

/** @throws StoreError as `copyTables`; `COPY_DIFFERS`, `STORE_REPLACED`, `LOCK_LOST`: nothing was changed then */
export function* buildStore(request: CopyRequest, target: Target): Steps<BuiltStore> {
  const { files, source, format, storeId, span } = request;
  const storeFile = StoreFile.create(files, target.path, target.lock, target.replaced);
  try {
    const sink = new BuiltPages(format, storeId, (pageId, page) => {
      storeFile.writePage(pageId, page);
    });
    const copied = yield* counted(copyTables(source, sink, span), sink, request);
    const superblock = copiedSuperblock(source, sink, copied.tables, storeId, positionOfCopy(source, span));
    writeSuperblock(storeFile, format, superblock, sink.pageCount);
    yield* compare(request, storeFile, sink.pageCount, copied.fingerprint);
    request.checkSource();
    checkLock(storeFile);
    storeFile.publish();
    storeFile.finishPublishing();
    storeFile.setLength(sink.pageCount * PAGE_SIZE);
    return { ...copied, pages: sink.pageCount };
  } finally {
    storeFile.close();
  }
}

/** Does all of it but the writing. @throws StoreError as `copyTables` */
export function* measureStore(request: CopyRequest): Steps<BuiltStore> {
  const { source, format, storeId, span } = request;
  const sink = new BuiltPages(format, storeId);
  const copied = yield* counted(copyTables(source, sink, span), sink, request);
  // The catalogue takes pages, too.
  copiedSuperblock(source, sink, copied.tables, storeId, positionOfCopy(source, span));
  return { ...copied, pages: sink.pageCount };
}

function* counted<Result>(steps: Steps<Result>, sink: BuiltPages, { source, onCopied }: CopyRequest): Steps<Result> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    onCopied(sink.pageCount, source.pageCount);
    yield;
  }
}

function writeSuperblock(storeFile: StoreFile, format: StoreFormat, superblock: Superblock, pageCount: number): void {
  const page = format.superblock.encode(superblock);
  storeFile.markTemporary(pageCount);
  storeFile.sync();
  for (const pageId of format.superblock.pageIds) storeFile.writePage(pageId, page);
  storeFile.flush();
  storeFile.sync();
  storeFile.setCommittedLength(pageCount * PAGE_SIZE);
}

/** Checks the copy by itself, and against what its source holds. */
function* compare(
  { files: outer, cachePages, onCompared }: CopyRequest,
  storeFile: StoreFile,
  pageCount: number,
  expected: Fingerprint,
): Steps<void> {
  const path = storeFile.temporaryPath as string;
  const files = new ShortenedFile(outer, path, pageCount * PAGE_SIZE);
  const onProgress = ({ pagesDone, pagesTotal }: { pagesDone: number; pagesTotal: number }): void => {
    onCompared(pagesDone, pagesTotal);
  };
  const { severities, codes, findings } = yield* verifySteps(path, { files, findingsMax: 1, onProgress });
  const { corrupt, torn, leak, odd } = severities;
  // That something was lost before is told by the copy, too.
  if (corrupt + torn + leak + odd > (codes.salvaged ?? 0)) throw differs(storeFile.path, findings[0]?.message ?? '');
  yield* compareContent(storeFile, pageCount, cachePages, expected);
}

function* compareContent(
  storeFile: StoreFile,
  pageCount: number,
  cachePages: number,
  expected: Fingerprint,
): Steps<void> {
  const { page } = readStoredSuperblock(storeFile);
  const superblock = decodeSuperblock(page);
  const format = formatOfSuperblock(page);
  const file = storeFile.file();
  const pages = new FinishedPages(storeFile.path, file, format, superblock, pageCount, cachePages);
  const tables = tablesOf(pages, superblock);
  const found = yield* fingerprintOf(wholeStore(pages, tables, superblock));
  for (const name of ['versions', 'keys', 'contentHash', 'events'] as const) {
    if (found[name] === expected[name]) continue;
    throw differs(storeFile.path, `its ${name} should be ${expected[name]}, and are ${found[name]}`);
  }
}

function differs(path: string, why: string): StoreError {
  const message = `the copy of ${path} is not what it should be, and was discarded: ${why}`;
  return new StoreError('COPY_DIFFERS', message, { path }, 'the store is as it was; report this');
}
