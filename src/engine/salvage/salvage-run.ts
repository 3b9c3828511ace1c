/**
 * One salvage: looks at the damaged store, takes the log where there is one, and writes what was found as a whole new
 * store.
 */
import { U64 } from '../bytes/u64.js';
import { noCounts } from '../catalogue/table.js';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { nodeFiles } from '../file/node-files.js';
import { PAGE_SIZE } from '../format/layout.js';
import { byId, type Superblock, type TableEntry } from '../format/superblock.js';
import { SALVAGED_WITH_LOSSES } from '../format/v2/features.js';
import { ZERO_HASH } from '../log/hash-chain.js';
import { resolveStore } from '../pager/store-name.js';
import { StoreFile } from '../pager/store-file.js';
import type { Steps } from '../steps.js';
import { formatNumber, requestedFormat } from '../store/open-store.js';
import { DEFAULT_LOCK_TIMEOUT_MS } from '../store/options.js';
import type { StoreFormat } from '../format/store-format.js';
import { copyStoreId, type Source } from '../build/copy.js';
import { type KeySink, tee } from '../build/key-sink.js';
import { buildStore, type BuiltStore } from '../build/new-store.js';
import { openOutput } from '../build/output.js';
import { Retention } from '../build/retention.js';
import { TableTally } from '../build/table-tally.js';
import { type CheckedStore, openChecked } from '../verify/snapshot-reader.js';
import { readSuperblock, type StoredSuperblock } from '../verify/stored-superblock.js';
import { storeTagOf } from '../pager/page-reader.js';
import { VersionCount } from '../build/fingerprints.js';
import { type VerifyReport, verifySteps } from '../verify/verify.js';
import { Extraction } from './extraction.js';
import { guessIdentity } from './guess-identity.js';
import { KeyAssembly, type TableFound } from './key-assembly.js';
import { Losses } from './losses.js';
import { MergedEvents } from './merged-events.js';
import type { SalvagedTable, SalvageOptions, SalvageSummary } from './options.js';
import { PageCensus, type StoreIdentity } from './page-census.js';
import { SalvageLog } from './salvage-log.js';
import { StoreSurvey } from './survey.js';
import { TreeSalvage } from './tree-salvage.js';

const CACHE_PAGES = 256;
/** What makes a whole commit doubtful, wherever it is. */
const DOUBTS = ['page-sum', 'journal-unusable', 'journal-damaged', 'journal-version'] as const;

export class SalvageRun {
  readonly #files: FileSystem;
  readonly #input: string;
  readonly #losses = new Losses();
  readonly #tables: SalvagedTable[] = [];
  #storeFile!: StoreFile;
  #checked: CheckedStore | undefined;
  #stored!: StoredSuperblock;
  #report!: VerifyReport;
  #survey!: StoreSurvey;
  #census!: PageCensus;
  #extraction: Extraction | undefined;
  #unknownTables: readonly bigint[] = [];
  #log: SalvageLog | undefined;

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
    const source = this.#source();
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

  #outputFormat(): StoreFormat {
    const own = this.#census.identity.format;
    const format = requestedFormat(this.options.format) ?? own;
    if (format === own || format.newRecord !== undefined) return format;
    const message = `${this.path} is a store of format ${formatNumber(own)}: it is saved as one of the same format or a newer one`;
    throw new StoreError('FORMAT_MISMATCH', message, { path: this.path }, 'compact --format 1 is the way back');
  }

  #source(): Source {
    const applied = this.#applied;
    const log = this.#log;
    const extraction = this.#extraction as Extraction;
    const events = new MergedEvents(extraction.sorter.sorted(), log?.sorted());
    const assembly = new KeyAssembly(events, this.#losses, log, applied);
    const superblock = (): Superblock => this.#superblock();
    return {
      format: this.#census.identity.format,
      pageCount: this.#census.pages,
      tables: { entries: () => this.#entries() },
      get superblock() {
        return superblock();
      },
      readTable: (entry, sink) => this.#readTable(entry, sink, assembly),
    };
  }

  /** All tables, those that were only found in pages or in the log included. */
  #entries(): TableEntry[] {
    const log = this.#log;
    const ids = new Set([...this.#survey.tables.keys(), ...(this.#extraction?.tables ?? []), ...(log?.tables ?? [])]);
    // The log knows which tables the rows are of.
    if (log?.isComplete === true) for (const id of this.#unknownTables) ids.delete(id);
    return [...ids]
      .map((id) => this.#survey.tables.get(id) ?? newTable(id, this.#outputFormat(), log?.purges.get(id)))
      .toSorted(byId);
  }

  *#readTable(entry: TableEntry, sink: KeySink, assembly: KeyAssembly): Steps<void> {
    const { id, record } = entry;
    const tally = new TableTally();
    const versions = new VersionCount();
    const counted = tee(tally, versions, sink);
    const oldest = record?.oldest ?? 0n;
    const isLogOld = this.#log !== undefined && oldest > 0n;
    const found = yield* assembly.table(id, isLogOld ? new Retention(U64.from(oldest), counted) : counted);
    this.#compareCounts(this.#survey.tables.get(id), id, found);
    const isKnown = !this.#unknownTables.includes(id);
    this.#tables.push({
      id,
      isKnown,
      keys: tally.keys,
      versions: versions.versions,
      keysBefore: this.#survey.tables.get(id)?.record?.keys,
    });
  }

  /** Where a table has all that it has counted, nothing of it was lost, whatever is damaged. */
  #compareCounts(entry: TableEntry | undefined, id: bigint, { keys, events }: TableFound): void {
    const record = entry?.record;
    if (record === undefined || this.#survey.content === undefined) return;
    if (keys === record.keys && events === record.events) this.#losses.clear(id);
    else if (!this.#losses.has(id)) this.#losses.add({ kind: 'unknown', table: id });
  }

  /** Asked for when all tables are read: only then it is known what was lost. */
  #superblock(): Superblock {
    if (this.#log?.isComplete === true) this.#losses.clearAll();
    const appliedPosition = this.#applied.toBigInt();
    const base = { appliedPosition, nextPageId: 0n, tables: [] };
    if (this.#isMarked) {
      const record = this.#outputFormat().newRecord;
      const features = { compatible: SALVAGED_WITH_LOSSES, readOnly: 0, incompatible: 0 };
      return { ...base, appliedHash: ZERO_HASH, ...(record === undefined ? {} : { record: { ...record, features } }) };
    }
    const known = this.#stored.content?.appliedHash ?? ZERO_HASH;
    const isFromLog = this.#log?.isComplete === true && (this.#wasMarked || this.#survey.applied === undefined);
    return { ...base, appliedHash: isFromLog ? (this.#log?.hash ?? known) : known };
  }

  get #isMarked(): boolean {
    if (this.#log?.isComplete === true) return false;
    return this.#losses.all.length > 0 || this.#survey.applied === undefined || this.#wasMarked;
  }

  get #wasMarked(): boolean {
    return ((this.#stored.content?.record?.features.compatible ?? 0) & SALVAGED_WITH_LOSSES) !== 0;
  }

  #checkWorthIt(): void {
    const isEmpty = this.#tables.every(({ keys }) => keys === 0);
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
      tables: this.#tables,
      appliedPosition: this.#applied.toBigInt(),
      isPositionKnown: this.#survey.applied !== undefined,
      mayHavePurged: !this.#survey.isComplete && this.#census.identity.format.newRecord !== undefined,
      lost: this.#losses.all,
      valuesAlone: this.#log?.isComplete === true ? 0 : (this.#extraction?.valuesAlone ?? 0),
      isMarked: this.#isMarked,
      isLogComplete: this.#log?.isComplete ?? false,
      pages: built.pages,
    };
  }
}

/** A table of which the store itself says nothing any more. */
function newTable(id: bigint, { newRecord }: StoreFormat, oldest = 0n): TableEntry {
  if (newRecord === undefined) return { id, root: null, height: 0 };
  return { id, root: null, height: 0, record: { ...noCounts(), oldest, historyRoot: null, historyHeight: 0 } };
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
