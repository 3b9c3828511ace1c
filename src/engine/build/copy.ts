/** Copies all tables of a store into new pages, of either format: dense, each page written once, in bounded memory. */
import { createHash } from 'node:crypto';
import { keyRef } from '../bytes/bytes.js';
import { U64 } from '../bytes/u64.js';
import { catalogueTree, recordsOfKind } from '../catalogue/record-tree.js';
import { tooManyTables } from '../catalogue/superblock-catalogue.js';
import { tableOf } from '../catalogue/table.js';
import { StoreError } from '../errors.js';
import { encodeRecordItem, recordKey } from '../format/v2/catalogue-item.js';
import { SALVAGED_WITH_LOSSES } from '../format/v2/features.js';
import { decodeTable, encodeRecords, fitSuperblock, TABLE } from '../format/v2/records.js';
import type { Superblock, TableEntry } from '../format/superblock.js';
import { type LogPosition, ZERO_HASH } from '../log/hash-chain.js';
import type { StoreFormat } from '../format/store-format.js';
import type { PageReader } from '../pager/page-reader.js';
import type { Steps } from '../steps.js';
import { formatNumber } from '../format/formats.js';
import { BulkLoader } from '../tree/bulk-loader.js';
import type { BuiltPages } from './built-pages.js';
import { CurrentContent, VersionCount } from './fingerprints.js';
import { Cutoff } from './cutoff.js';
import { type KeySink, tee } from './key-sink.js';
import { Retention } from './retention.js';
import { copyFormatOf, type KnownCounts } from './table-builder.js';

/** What a copy is made of. */
export interface Source {
  /** How much there is to be read. */
  readonly pageCount: number;
  readonly format: StoreFormat;
  readonly tables: { entries(): Iterable<TableEntry> };
  /** What a copy says of the log; looked at after all tables were read. */
  readonly superblock: Superblock;
  /** Gives all keys of a table to a sink; tables are asked for once, in the order of `entries`. */
  readTable(entry: TableEntry, sink: KeySink): Steps<void>;
}

/** A store to be read whole. */
export function wholeStore(pages: PageReader, tables: Source['tables'], superblock: Superblock): Source {
  const { format, pageCount } = pages;
  const readTable = (entry: TableEntry, sink: KeySink): Steps<void> =>
    copyFormatOf(format).read(pages, tableOf(entry), sink);
  return { format, pageCount, tables, superblock, readTable };
}

/** What a store holds, whatever its format and layout. */
export interface Fingerprint {
  readonly contentHash: string;
  readonly keys: number;
  readonly versions: number;
  /** A checksum of all keys, positions and values. */
  readonly events: number;
}

/** Which part of the past a copy has; all that its source knows where nothing is said. */
export interface Span {
  /** The oldest position that the copy has to answer. */
  readonly keepFrom?: bigint | undefined;
  /** The position that the copy is as of. */
  readonly upTo?: bigint | undefined;
}

/** What a copy holds, and what it leaves out. */
export interface Copied {
  readonly tables: readonly TableEntry[];
  /** As of the source where nothing is left out; of the content always, at the position that the copy is as of. */
  readonly fingerprint: Fingerprint;
  readonly versionsBefore: number;
  readonly keysDropped: number;
}

/** The id of a copy: that of the source, or where that has none one that depends on the source only. */
export function copyStoreId({ record }: Superblock, superblockPage: Buffer): bigint {
  return record?.storeId ?? createHash('sha256').update(superblockPage).digest().readBigUInt64LE(0);
}

/**
 * Copies the tables of a store.
 *
 * @throws StoreError damage in the source, `TOO_MANY_TABLES`, `ENTRY_TOO_LARGE`, `POSITION_FORGOTTEN`,
 *   `STORE_TOO_LARGE`, `IO_ERROR`
 */
export function* copyTables(source: Source, sink: BuiltPages, { keepFrom, upTo }: Span = {}): Steps<Copied> {
  const before = new VersionCount();
  const after = keepFrom === undefined && upTo === undefined ? before : new VersionCount();
  const content = new CurrentContent();
  const tables: TableEntry[] = [];
  let keysDropped = 0;
  for (const entry of source.tables.entries()) {
    if (tables.length === sink.format.tablesMax) throw tooManyTables(entry.id, sink.format.tablesMax);
    const known = knownCounts(sink, entry, keepFrom, upTo);
    const builder = copyFormatOf(sink.format).builder(sink, entry.id, known);
    const retention = keepFrom === undefined ? undefined : new Retention(U64.from(keepFrom), tee(after, builder));
    const cutoff = upTo === undefined ? undefined : new Cutoff(U64.from(upTo), tee(content, after, builder));
    const whole = tee(content, before, retention ?? builder);
    yield* source.readTable(entry, cutoff === undefined ? whole : tee(before, cutoff));
    content.endTable(entry.id);
    keysDropped += retention?.keysDropped ?? cutoff?.keysDropped ?? 0;
    const built = builder.finish();
    if (cutoff === undefined || cutoff.hasKeys || known.oldest > 0n) tables.push(built);
    yield;
  }
  const { keys, versions } = after;
  const fingerprint = { contentHash: content.digest(), keys, versions, events: after.checksum() };
  return { tables, fingerprint, versionsBefore: before.versions, keysDropped };
}

/** What a copy says of the log: what its source does, and as of an earlier position that the hash is not known. */
export function positionOfCopy({ superblock }: Source, { upTo }: Span): LogPosition {
  const { appliedPosition, appliedHash } = superblock;
  const position = upTo ?? appliedPosition;
  return { position, hash: position === 0n || position < appliedPosition ? ZERO_HASH : appliedHash };
}

/** The tables of a store that nobody changes. */
export function tablesOf(pages: PageReader, { tables, record, ...rest }: Superblock): Source['tables'] {
  const catalogue = record?.catalogue ?? null;
  if (catalogue === null) return { entries: () => tables };
  const tree = catalogueTree(catalogue);
  const context = { ...rest, tables };
  return {
    *entries() {
      const records = recordsOfKind(
        pages,
        () => tree,
        TABLE,
        () => context,
      );
      for (const { id, body } of records) yield decodeTable(id, body);
    },
  };
}

/** What all tables of a store hold. @throws StoreError damage, `IO_ERROR` */
export function* fingerprintOf(source: Source): Steps<Fingerprint> {
  const count = new VersionCount();
  const content = new CurrentContent();
  for (const entry of source.tables.entries()) {
    yield* source.readTable(entry, tee(content, count));
    content.endTable(entry.id);
    yield;
  }
  const { keys, versions } = count;
  return { contentHash: content.digest(), keys, versions, events: count.checksum() };
}

/**
 * What the superblock of a copy says: up to where it is the log, and where the tables are now.
 *
 * @throws StoreError `STORE_TOO_LARGE`, `IO_ERROR`
 */
export function copiedSuperblock(
  { superblock }: Source,
  sink: BuiltPages,
  tables: readonly TableEntry[],
  storeId: bigint,
  { position: appliedPosition, hash: appliedHash }: LogPosition,
): Superblock {
  const { newRecord } = sink.format;
  if (newRecord === undefined) return { appliedPosition, appliedHash, nextPageId: BigInt(sink.pageCount), tables };
  const catalogue = fitSuperblock(encodeRecords(tables, [])) ? null : buildCatalogue(sink, tables, appliedPosition);
  // What a feature that is not known here has in the store is not copied.
  const compatible = (superblock.record?.features.compatible ?? 0) & SALVAGED_WITH_LOSSES;
  const features = { ...newRecord.features, compatible };
  const record = { ...newRecord, features, storeId, catalogue, commitNumber: 1n, tableCount: tables.length };
  const { sum0, sum1 } = sink.sums;
  return {
    appliedPosition,
    appliedHash,
    nextPageId: BigInt(sink.pageCount),
    tables: catalogue === null ? tables : [],
    record: { ...record, pageSums: { sum0, sum1 } },
  };
}

function knownCounts(
  { format }: BuiltPages,
  { id, record }: TableEntry,
  keepFrom = 0n,
  upTo: bigint | undefined,
): KnownCounts {
  const { oldest = 0n, lastChanged = 0n } = record ?? {};
  if (format.newRecord === undefined && oldest > 0n) {
    const message = `table ${id} is known from position ${oldest} on, and a store of format ${formatNumber(format)} cannot say so`;
    throw new StoreError('POSITION_FORGOTTEN', message, { table: id, oldest });
  }
  // What has changed a table later is not in the copy: then its events, and when it was last known, say it.
  const isLater = upTo !== undefined && lastChanged > upTo;
  return { oldest: oldest > keepFrom ? oldest : keepFrom, lastChanged: isLater ? oldest : lastChanged };
}

function buildCatalogue(
  sink: BuiltPages,
  tables: readonly TableEntry[],
  appliedPosition: bigint,
): { readonly root: number; readonly height: number } {
  const tree = catalogueTree(null);
  const loader = new BulkLoader(sink, tree);
  const at = U64.from(appliedPosition);
  for (const record of encodeRecords(tables, [])) {
    const item = encodeRecordItem(record, keyRef(recordKey(record.kind, record.id)), at);
    loader.append(new DataView(item.buffer, item.byteOffset, item.length), 0, item.length, at);
  }
  loader.finish();
  return { root: tree.root, height: tree.height };
}
