/**
 * One salvage: looks at the damaged store, takes the log where there is one, and writes what was found as a whole new
 * store.
 */
import type { U64 } from '../bytes/u64.js';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { nodeFiles } from '../file/node-files.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { Superblock } from '../format/superblock.js';
import { ZERO_HASH } from '../log/hash-chain.js';
import { resolveStore } from '../pager/store-name.js';
import { StoreFile } from '../pager/store-file.js';
import type { Steps } from '../steps.js';
import { formatNumber } from '../format/formats.js';
import { requestedFormat } from '../store/open-store.js';
import { DEFAULT_LOCK_TIMEOUT_MS } from '../store/options.js';
import type { StoreFormat } from '../format/store-format.js';
import { copyStoreId } from '../build/copy.js';
import { buildStore, type BuiltStore } from '../build/new-store.js';
import { openOutput } from '../build/output.js';
import { type CheckedStore, openChecked } from '../verify/snapshot-reader.js';
import { readSuperblock, type StoredSuperblock } from '../verify/stored-superblock.js';
import { storeTagOf } from '../pager/page-reader.js';
import { type VerifyReport, verifySteps } from '../verify/verify.js';
import { Extraction } from './extraction.js';
import { guessIdentity } from './guess-identity.js';
import { Losses } from './losses.js';
import type { SalvageOptions, SalvageSummary } from './options.js';
import { PageCensus, type StoreIdentity } from './page-census.js';
import { SalvageLog } from './salvage-log.js';
import { SalvagedSource } from './salvaged-source.js';
import { StoreSurvey } from './survey.js';
import { TreeSalvage } from './tree-salvage.js';

const CACHE_PAGES = 256;
/** What makes a whole commit doubtful, wherever it is. */
const DOUBTS = ['page-sum', 'journal-unusable', 'journal-damaged', 'journal-version'] as const;

export class SalvageRun {
  readonly #files: FileSystem;
  readonly #input: string;
  readonly #losses = new Losses();
  #storeFile!: StoreFile;
  #checked: CheckedStore | undefined;
  #stored!: StoredSuperblock;
  #report!: VerifyReport;
  #survey!: StoreSurvey;
  #census!: PageCensus;
  #extraction: Extraction | undefined;
  #unknownTables: readonly bigint[] = [];
  #log: SalvageLog | undefined;
  #source!: SalvagedSource;

  constructor(
    private readonly path: string,
    private readonly output: string,
    private readonly options: SalvageOptions = {},
  ) {
    this.#files = options.files ?? nodeFiles;
    this.#input = resolveStore(this.#files, path);
  }

  /** Finds all that can be read. @throws StoreError `NOT_A_STORE` (nothing can), `FORMAT_MISMATCH`, `IO_ERROR` */
  *look(): Steps<void> {
    this.#report = yield* verifySteps(this.path, {
      files: this.#files,
      findingsMax: 1,
      onProgress: ({ pagesDone, pagesTotal }) => {
        this.options.onProgress?.({ phase: 'checking', pagesDone, pagesTotal });
      },
    });
    this.#storeFile = StoreFile.open(this.#files, this.#input);
    this.#checked = openChecked(this.#files, this.#storeFile, false);
    const { source } = this.#checked;
    this.#stored = readSuperblock(source);
    const { content } = this.#stored;
    const identity = content === undefined ? yield* guessIdentity(source) : identityIn(content);
    if (identity === undefined) throw nothingToSave(this.path);
    this.#census = new PageCensus(source, identity);
    const { pages } = this.#census;
    yield* this.#census.take((pagesDone) => {
      this.options.onProgress?.({ phase: 'reading', pagesDone, pagesTotal: 2 * pages });
    });
    yield* this.#extract();
    this.#noteDoubts();
  }

  /** The log of the store is given, line by line, after `look`. */
  *push(line: Uint8Array): Steps<boolean> {
    this.#log ??= new SalvageLog(this.#files, {
      position: this.#applied.toBigInt(),
      hash: this.#stored.content?.appliedHash ?? ZERO_HASH,
    });
    return yield* this.#log.push(line);
  }

  /** Writes the output. @throws StoreError as `buildStore`, `openOutput`; `STORE_CHANGING`, `LOG_MISMATCH` */
  *finish(): Steps<SalvageSummary> {
    const { force = false, lockTimeoutMs = DEFAULT_LOCK_TIMEOUT_MS } = this.options;
    const { output, path: store } = this;
    const request = { files: this.#files, output, force, lockTimeoutMs, store, input: this.#input, isElsewhere: true };
    const target = yield* openOutput(request);
    try {
      this.options.onBegin?.({ path: target.path, bytes: this.#census.pages * PAGE_SIZE });
      const built = yield* buildStore(this.#request(), target);
      return this.#summary(target.path, built);
    } finally {
      target.release();
    }
  }

  close(): void {
    this.#extraction?.close();
    this.#log?.close();
    this.#checked?.close();
    (this.#storeFile as StoreFile | undefined)?.close();
  }

  get #applied(): U64 {
    return this.#survey.applied ?? (this.#extraction as Extraction).highest;
  }

  *#extract(): Steps<void> {
    const survey = (this.#survey = new StoreSurvey(this.#census, this.#stored.content));
    yield* survey.readCatalogue();
    const extraction = (this.#extraction = new Extraction(this.#files, this.#census, survey.applied, this.#losses));
    const { assumeTable } = this.options;
    const trees = new TreeSalvage(this.#census, survey, extraction, this.#losses, assumeTable);
    yield* trees.run();
    this.#unknownTables = trees.unknownTables;
  }

  #noteDoubts(): void {
    const { codes } = this.#report;
    if (DOUBTS.some((code) => code in codes)) this.#losses.add({ kind: 'unknown', table: null });
    if (this.#survey.applied !== undefined) return;
    const fromPosition = this.#applied.toBigInt() + 1n;
    this.#losses.add({ kind: 'unknown', table: null, fromPosition, pages: [0] });
  }

  #request(): Parameters<typeof buildStore>[0] {
    const { cachePages = CACHE_PAGES, onProgress } = this.options;
    const format = this.#outputFormat();
    const { content, page } = this.#stored;
    const source = (this.#source = this.#makeSource(format));
    const superblock = content ?? { ...source.superblock, record: undefined };
    return {
      files: this.#files,
      source,
      format,
      storeId: format.newRecord === undefined ? 0n : copyStoreId(withoutUndefined(superblock), page),
      span: {},
      cachePages,
      onCopied: (pagesDone, pagesTotal) => onProgress?.({ phase: 'writing', pagesDone, pagesTotal }),
      onCompared: (pagesDone, pagesTotal) => onProgress?.({ phase: 'comparing', pagesDone, pagesTotal }),
      checkSource: () => {
        this.#checkWorthIt();
        this.#checkUnchanged();
      },
    };
  }

  #makeSource(output: StoreFormat): SalvagedSource {
    const finds = {
      survey: this.#survey,
      extraction: this.#extraction as Extraction,
      losses: this.#losses,
      log: this.#log,
      unknownTables: this.#unknownTables,
      applied: this.#applied,
    };
    return new SalvagedSource(finds, this.#census.identity.format, this.#census.pages, output);
  }

  #outputFormat(): StoreFormat {
    const own = this.#census.identity.format;
    const format = requestedFormat(this.options.format) ?? own;
    if (format === own || format.newRecord !== undefined) return format;
    const message = `${this.path} is a store of format ${formatNumber(own)}: it is saved as one of the same format or a newer one`;
    throw new StoreError('FORMAT_MISMATCH', message, { path: this.path }, 'compact --format 1 is the way back');
  }

  #checkWorthIt(): void {
    const isEmpty = this.#source.saved.every(({ keys }) => keys === 0);
    if (isEmpty && this.#losses.all.length > 0) throw nothingToSave(this.path);
  }

  #checkUnchanged(): void {
    if (this.#checked?.source.isChanged(this.#stored.page) !== true) return;
    const message = `${this.path} was changed while it was read`;
    throw new StoreError('STORE_CHANGING', message, { path: this.path }, 'salvage it when nobody writes to it');
  }

  #summary(path: string, built: BuiltStore): SalvageSummary {
    this.#losses.sort();
    return {
      path,
      tables: this.#source.saved,
      appliedPosition: this.#applied.toBigInt(),
      isPositionKnown: this.#survey.applied !== undefined,
      mayHavePurged: !this.#survey.isComplete && this.#census.identity.format.newRecord !== undefined,
      lost: this.#losses.all,
      valuesAlone: this.#log?.isComplete === true ? 0 : (this.#extraction?.valuesAlone ?? 0),
      isMarked: this.#source.isMarked,
      isLogComplete: this.#log?.isComplete ?? false,
      pages: built.pages,
    };
  }
}

function identityIn(content: NonNullable<StoredSuperblock['content']>): StoreIdentity {
  return { format: content.format, storeTag: content.record === undefined ? undefined : storeTagOf(content) };
}

function withoutUndefined({
  record,
  ...rest
}: Omit<Superblock, 'record'> & { record?: Superblock['record'] | undefined }): Superblock {
  return record === undefined ? rest : { ...rest, record };
}

function nothingToSave(path: string): StoreError {
  const message = `${path}: nothing can be saved: no page with rows can be read`;
  return new StoreError('NOT_A_STORE', message, { path }, 'restore a backup, or replay the whole log into a new store');
}
