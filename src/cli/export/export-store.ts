/** Exports one store: its tables one after the other, as of one position. */
import { type BTreeStore, isHashKnown, type Steps } from '../../engine/index.js';
import { requireTable } from '../store/table-choice.js';
import { checkAppend } from './check-append.js';
import type { StoreEntry } from './manifest.js';
import type { ExportOutput, StoreOutput } from './output.js';
import { checkText, type RowWriter } from './row-writer.js';

/** What is exported of each store. */
export interface ExportScope {
  /** As of which position; undefined: the applied one. */
  readonly at: bigint | undefined;
  readonly history: boolean;
  readonly text: boolean;
  /** The only table; null: all. */
  readonly table: bigint | null;
}

/** What an export of a store has come to. */
export interface StoreSummary {
  readonly store: string;
  readonly name: string;
  readonly position: bigint;
  /** The position of the export before; null where there was none. */
  readonly since: bigint | null;
  readonly hash: string | null;
  readonly content: string;
  /** Tables with rows that were written. */
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Rows between two steps. */
const ROWS_PER_STEP = 64;

/**
 * Exports a store that is open to be read. When it is done the output has taken it.
 *
 * @param onRows told how many rows there are so far
 * @throws StoreError, CliError: nothing of the store is in the output then
 */
export function* exportStore(
  store: BTreeStore,
  path: string,
  scope: ExportScope,
  output: ExportOutput,
  onRows: (rows: number) => void,
): Steps<StoreSummary> {
  const name = output.nameOf(path);
  const position = scope.at ?? store.appliedPosition;
  const table = scope.table ?? undefined;
  if (table !== undefined) requireTable(store, table);
  const before = output.before(name);
  const hash = logHash(store, position);
  if (before !== undefined) yield* checkAppend(store, path, before, { at: position, hash, table });
  const content = hexOf((yield* store.contentHashSteps({ at: position, table })).hash);
  const about = { store: name, position, since: before?.position ?? null, hash, content };
  const ids = table === undefined ? store.tables().map(({ id }) => id) : [table];
  const target = output.begin(about, ids);
  try {
    const copied = yield* copyTables(
      store,
      path,
      ids,
      { ...scope, at: position, since: before?.position },
      target,
      onRows,
    );
    const parts = target.end();
    const entry: StoreEntry = { name, position, hash, content, parts: [...(before?.parts ?? []), ...parts] };
    output.take(entry);
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    return { store: path, name, position, since: about.since, hash, content, ...copied, bytes };
  } catch (error) {
    target.discard();
    throw error;
  }
}

interface CopyScope extends ExportScope {
  readonly at: bigint;
  readonly since: bigint | undefined;
}

function* copyTables(
  store: BTreeStore,
  path: string,
  ids: readonly bigint[],
  { at, since, history, text }: CopyScope,
  target: StoreOutput,
  onRows: (rows: number) => void,
): Steps<{ tables: number; rows: number }> {
  let [tables, rows] = [0, 0];
  for (const table of ids) {
    let writer: RowWriter | undefined;
    let inTable = 0;
    for (const version of store.tableVersionsSteps(table, { at, since, history })) {
      if (version !== undefined) {
        if (text) checkText(path, table, version);
        writer ??= target.beginTable(table);
        inTable++;
        if (!writer.add(table, version) && inTable % ROWS_PER_STEP !== 0) continue;
        onRows(rows + inTable);
      }
      yield;
    }
    if (writer !== undefined) target.endTable(table, inTable);
    if (inTable > 0) tables++;
    rows += inTable;
  }
  return { tables, rows };
}

/** The hash of the log at a position, in hex; only at the applied one it is known, and not always. */
function logHash(store: BTreeStore, position: bigint): string | null {
  const { appliedPosition, appliedHash } = store;
  return position === appliedPosition && isHashKnown(appliedHash, position) ? hexOf(appliedHash) : null;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
