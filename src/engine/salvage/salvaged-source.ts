/** What was found of a damaged store, and what its log says, as the source of a new store. */
import { U64 } from '../bytes/u64.js';
import type { Source } from '../build/copy.js';
import { VersionCount } from '../build/fingerprints.js';
import { type KeySink, tee } from '../build/key-sink.js';
import { Retention } from '../build/retention.js';
import { TableTally } from '../build/table-tally.js';
import { noCounts } from '../catalogue/table.js';
import type { StoreFormat } from '../format/store-format.js';
import { byId, type Superblock, type TableEntry } from '../format/superblock.js';
import { SALVAGED_WITH_LOSSES } from '../format/v2/features.js';
import { ZERO_HASH } from '../log/hash-chain.js';
import type { Steps } from '../steps.js';
import type { SuperblockContent } from '../verify/stored-superblock.js';
import type { Extraction } from './extraction.js';
import { KeyAssembly, type TableFound } from './key-assembly.js';
import type { Losses } from './losses.js';
import { MergedEvents } from './merged-events.js';
import type { SalvagedTable } from './options.js';
import type { SalvageLog } from './salvage-log.js';
import type { StoreSurvey } from './survey.js';

/** What was found. */
export interface Finds {
  readonly survey: StoreSurvey;
  readonly extraction: Extraction;
  readonly losses: Losses;
  readonly log: SalvageLog | undefined;
  /** Tables that were made of rows whose table is not known. */
  readonly unknownTables: readonly bigint[];
  /** The applied position, or the highest that was found. */
  readonly applied: U64;
}

export class SalvagedSource implements Source {
  readonly tables = { entries: (): TableEntry[] => this.#entries() };
  /** Those that were read. */
  readonly saved: SalvagedTable[] = [];
  readonly #assembly: KeyAssembly;

  /** @param output the format of the new store */
  constructor(
    private readonly finds: Finds,
    readonly format: StoreFormat,
    readonly pageCount: number,
    private readonly output: StoreFormat,
  ) {
    const { extraction, losses, log, applied } = finds;
    const events = new MergedEvents(extraction.sorter.sorted(), log?.sorted());
    this.#assembly = new KeyAssembly(events, losses, log, applied);
  }

  /** Asked for when all tables are read: only then it is known what was lost. */
  get superblock(): Superblock {
    const { log, losses, applied, survey } = this.finds;
    if (log?.isComplete === true) losses.clearAll();
    const base = { appliedPosition: applied.toBigInt(), nextPageId: 0n, tables: [] };
    if (this.isMarked) {
      const record = this.output.newRecord;
      const features = { compatible: SALVAGED_WITH_LOSSES, readOnly: 0, incompatible: 0 };
      return { ...base, appliedHash: ZERO_HASH, ...(record === undefined ? {} : { record: { ...record, features } }) };
    }
    const known = survey.content?.appliedHash ?? ZERO_HASH;
    const isFromLog = log?.isComplete === true && (wasMarked(survey.content) || survey.applied === undefined);
    return { ...base, appliedHash: isFromLog ? log.hash : known };
  }

  /** Whether it says that it was salvaged with losses. */
  get isMarked(): boolean {
    const { log, losses, survey } = this.finds;
    if (log?.isComplete === true) return false;
    return losses.all.length > 0 || survey.applied === undefined || wasMarked(survey.content);
  }

  *readTable({ id, record }: TableEntry, sink: KeySink): Steps<void> {
    const { survey, log, unknownTables } = this.finds;
    const tally = new TableTally();
    const versions = new VersionCount();
    const counted = tee(tally, versions, sink);
    const oldest = record?.oldest ?? 0n;
    const isLogOld = log !== undefined && oldest > 0n;
    const found = yield* this.#assembly.table(id, isLogOld ? new Retention(U64.from(oldest), counted) : counted);
    const known = survey.tables.get(id)?.record;
    this.#compareCounts(known, id, found);
    this.saved.push({
      id,
      isKnown: !unknownTables.includes(id),
      keys: tally.keys,
      versions: versions.versions,
      keysBefore: known?.keys,
    });
  }

  /** All tables, those that were only found in pages or in the log included. */
  #entries(): TableEntry[] {
    const { survey, extraction, log, unknownTables } = this.finds;
    const ids = new Set([...survey.tables.keys(), ...extraction.tables, ...(log?.tables ?? [])]);
    // The log knows which tables the rows are of.
    if (log?.isComplete === true) for (const id of unknownTables) ids.delete(id);
    return [...ids].map((id) => survey.tables.get(id) ?? newTable(id, this.output, log?.purges.get(id))).toSorted(byId);
  }

  /** Where a table has all that it has counted, nothing of it was lost, whatever is damaged. */
  #compareCounts(record: TableEntry['record'], id: bigint, { keys, events }: TableFound): void {
    const { survey, losses } = this.finds;
    if (record === undefined || survey.content === undefined) return;
    if (keys === record.keys && events === record.events) losses.clear(id);
    else if (!losses.has(id)) losses.add({ kind: 'unknown', table: id });
  }
}

function wasMarked(content: SuperblockContent | undefined): boolean {
  return ((content?.record?.features.compatible ?? 0) & SALVAGED_WITH_LOSSES) !== 0;
}

/** A table of which the store itself says nothing any more. */
function newTable(id: bigint, { newRecord }: StoreFormat, oldest = 0n): TableEntry {
  if (newRecord === undefined) return { id, root: null, height: 0 };
  return { id, root: null, height: 0, record: { ...noCounts(), oldest, historyRoot: null, historyHeight: 0 } };
}
