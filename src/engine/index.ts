/** The public interface of the library: what is not exported here may change in any release. */
export { MIN_CACHE_PAGES, DEFAULT_CACHE_PAGES } from './cache/page-cache.js';
export { type Fact, type Facts, StoreError, type StoreErrorCode } from './errors.js';
export type { FileMode, FileSystem, FileHandle } from './file/files.js';
export { nodeFiles } from './file/node-files.js';
export { ShadowFiles } from './file/shadow-files.js';
export { type KernelFacts, nodeProcesses, type ProcessFacts, type ProcessTable } from './file/processes.js';
export { MAX_POSITION, WriteBatch, type WriteOp } from './log/batch.js';
export { MAX_KEY_LENGTH, MAX_TABLES, PAGE_SIZE } from './format/layout.js';
export { type Fault, hex32 } from './bytes/fault.js';
export {
  bitsOfValue,
  type Field,
  type FieldReading,
  type FieldSpec,
  type FieldType,
  type FieldValue,
  nameOfValue,
} from './bytes/field-structure.js';
export { MAX_U64 } from './bytes/u64.js';
export { isBlank, LineSplitter, MAX_LINE_LENGTH } from './log/lines.js';
export { isHashKnown, type LogPosition } from './log/hash-chain.js';
export { LogVerifier, type NotCompared } from './log/log-verifier.js';
export { decodeLogLine, decodeOperation } from './log/log-line.js';
export {
  type FileInspection,
  inspectBytes,
  type InspectOptions,
  inspectPage,
  inspectSuperblock,
  type PageInspection,
} from './inspect/inspect.js';
export { looksLikeStore } from './inspect/store-signs.js';
export type { StoreBeside } from './inspect/beside.js';
export {
  type PageRun,
  type Part,
  type PartFacts,
  type PartKind,
  problemIn,
  type Region,
  regionsOf,
} from './inspect/parts.js';
export type {
  ExaminedVersion,
  Examination,
  Lifetime,
  NotVisible,
  RowVersion,
  StoredVersion,
  VersionsOptions,
} from './table/versions.js';
export type { KeySpan } from './tree/key-spans.js';
export type { PathStep } from './tree/path-steps.js';
export type { Explanation } from './store/explain.js';
export { DEFAULT_GROUP_BYTES, Replayer, type ReplayOptions, type ReplaySummary } from './replay/replayer.js';
export {
  replay,
  type ReplayProgress,
  type ReplayResult,
  type ReplayStreamOptions,
  verifyLog,
  type VerifyLogOptions,
} from './replay/replay.js';
export type { LogSource } from './log/feed-lines.js';
export type { RecoveredJournal } from './pager/recovery.js';
export type { Recovery } from './store/open-store.js';
export type { KeyRange, KeysOptions } from './table/ranges.js';
export { BTreeStore } from './store/store.js';
export type { StoreReads } from './store/store-reads.js';
export type { CountOptions, CursorOptions, OpenOptions, TableInfo, VersionCursorOptions } from './store/options.js';
export type { OnCount } from './table/row-count.js';
export { LentRow, type RowSource } from './table/lent-row.js';
export { CompleteFile, type CompleteFileRequest } from './build/complete-file.js';
export { backup, backupAsync, backupSteps } from './build/backup.js';
export { compact, compactAsync, compactSteps, upgrade, upgradeAsync, upgradeSteps } from './build/copy-store.js';
export { rewind, rewindAsync, rewindSteps } from './build/rewind.js';
export type {
  BackupOptions,
  BackupSummary,
  CompactOptions,
  CopyOptions,
  CopyPlan,
  CopySummary,
  RewindOptions,
  RewindSummary,
  UpgradeOptions,
  UpgradeSummary,
} from './build/copy-options.js';
export type { CopyPhase, CopyProgress } from './build/progress.js';
export {
  beginSalvage,
  salvage,
  salvageAsync,
  type SalvageAsyncOptions,
  type SalvageRun,
  salvageSteps,
} from './salvage/salvage.js';
export type { SalvagedTable, SalvageOptions, SalvageProgress, SalvageSummary } from './salvage/options.js';
export type { Loss, LossKind } from './salvage/losses.js';
export { splitHistoryKey } from './table/history-key.js';
export { Cursor, type Row } from './table/row-cursor.js';
export type {
  AgeFigures,
  ByteFigures,
  EntryFigures,
  Figures,
  HeadroomFigures,
  PageFigures,
  StatReport,
  StorePages,
  TableFigures,
} from './stat/report.js';
export type { StatProgress } from './stat/count-store.js';
export { stat, statAsync, type StatOptions, statSteps } from './stat/stat.js';
export type { DiffWithOptions, StoreTimeline } from './store/store-timeline.js';
export type { Differences, DiffOptions, RowDifference, RowState } from './timeline/diff.js';
export type { Changes, ChangesOptions } from './timeline/changes.js';
export type { KeyVersion } from './timeline/versions-of-keys.js';
export type {
  LogComparison,
  LogComparisonOptions,
  LogComparisonProgress,
  LogDifference,
  LogReport,
} from './timeline/log-comparison.js';
export type { ContentHash, HashOptions } from './timeline/content-hash.js';
export type { TableHash } from './timeline/content-hasher.js';
export { type AbortOptions, inSlices, now, TimeSlice } from './async/slices.js';
export type { ResultIterator } from './async/result-iterator.js';
export type { TableVersion, TableVersions, TableVersionsOptions } from './timeline/table-versions.js';
export { runSteps, type Steps } from './steps.js';
export {
  FINDING_KINDS,
  type FindingCode,
  type FindingKind,
  type Level,
  SEVERITIES,
  type Severity,
} from './verify/finding-kinds.js';
export type { Finding, FindingFacts, Location } from './verify/findings.js';
export type { TreeCounts } from './verify/forest.js';
export type { ShortTable } from './verify/recorded-keys.js';
export type { StoreReport, VerifyProgress } from './verify/store-check.js';
export {
  DEFAULT_FINDINGS_MAX,
  verify,
  verifyAsync,
  type VerifyOptions,
  type VerifyReport,
  verifySteps,
} from './verify/verify.js';
export type { ThreadOptions } from './verify/threads/second-thread.js';
export { lookSteps, type LookFigures, type LookOptions, type StoreLook } from './census/look.js';
export { type MapCell, cellsOf, isHarm } from './census/cells.js';
export { classesOf, countClasses, MAP_VIEWS, type MapView, type PageClasses } from './census/classes.js';
export { codeOf, FINDING_CODES } from './census/damage-marks.js';
export type { OwnerPath, OwnerStep, Pointer } from './census/owner.js';
export type { PageCensus, PageDamage, PageFacts } from './census/page-census.js';
export { PAGE_KINDS, type PageKind } from './census/page-kinds.js';
export type { PositionPart } from './stat/position-counts.js';
export type { TreeNode, TreeOptions } from './census/tree-nodes.js';
export type { OutlinedTree, OutlineOptions, TreeOutline } from './census/tree-outline.js';
export { PositionParts } from './stat/position-parts.js';
export type { SpreadFigures, SpreadStep } from './stat/report.js';
