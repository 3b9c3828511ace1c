/**
 * Histories for stores that crash: small batches, and broad ones that change more pages than the smallest cache holds.
 */
import { fromHex, hex, utf8 } from './bytes.js';
import type { HistoryMaker } from './histories.js';
import { type Batch, ENTRY_BYTES_MAX, type Model, modelEntryBytes, type Operation } from './model.js';
import type { Random } from './random.js';
import { decodeFormat2 } from './format2-decode.js';
import { type StoredEntry, readEntries } from './read-rows.js';

/** The batches of one commit. */
export function nextCommit(random: Random, maker: HistoryMaker): Batch[] {
  if (random.chance(0.3)) return [taken(maker.model, broadBatch(random, maker.model))];
  return Array.from({ length: random.between(1, 3) }, () => maker.next());
}

function taken(model: Model, batch: Batch): Batch {
  const refusal = model.apply(batch);
  if (refusal !== undefined) throw new Error(`a batch that should fit is refused: ${refusal}`);
  return batch;
}

/** Changes about half of the keys, and adds some. */
function broadBatch(random: Random, model: Model): Batch {
  const changed = model.tableIds().flatMap((table) =>
    model.keys(table).flatMap((keyHex): Operation[] => {
      if (random.chance(0.5)) return [];
      const value = random.bytes(random.between(1, 300));
      const bytes = modelEntryBytes(keyHex, model.history(table, keyHex)) + 20 + value.length;
      const key = fromHex(keyHex);
      return [
        model.format === 1 && bytes > ENTRY_BYTES_MAX
          ? { kind: 'delete', table, key }
          : { kind: 'put', table, key, value },
      ];
    }),
  );
  const added = Array.from({ length: random.between(0, 40) }, (_, index): Operation => ({
    kind: 'put',
    table: 1n,
    key: utf8(`broad/${random.below(1000)}/${model.appliedPosition}/${index}`),
    value: random.bytes(random.between(500, 1500)),
  }));
  return { position: model.appliedPosition + 1n, operations: [...changed, ...added] };
}

/** What a store holds, as text that is equal when all is equal. */
export interface Content {
  readonly position: bigint;
  /** The current rows, as a reader gives them. */
  readonly rows: string;
  /** Every version of every key. */
  readonly versions: string;
}

export function contentOf(model: Model): Content {
  const { appliedPosition: position } = model;
  const rows = model
    .tableIds()
    .flatMap((table) => model.rowsAt(table, position).map(({ key, value }) => rowText(table, key, value)));
  const versions = model
    .tableIds()
    .flatMap((table) =>
      model
        .keys(table)
        .flatMap((key) =>
          model
            .history(table, key)
            .map(({ value, createdAt, deletedAt }) => versionText(table, key, value, createdAt, deletedAt)),
        ),
    );
  return { position, rows: textOf(position, model.appliedHash, rows), versions: versions.join('\n') };
}

export const textOf = (position: bigint, hash: Uint8Array, rows: readonly string[]): string =>
  [`${position} ${hex(hash)}`, ...rows].join('\n');

export const rowText = (table: bigint, keyHex: string, valueHex: string): string => `${table} ${keyHex} ${valueHex}`;

const versionText = (table: bigint, keyHex: string, valueHex: string, from: bigint, to: bigint | null): string =>
  `${rowText(table, keyHex, valueHex)} ${from} ${to ?? ''}`;

const OPEN = 0xffff_ffff_ffff_ffffn;

/** All versions in the bytes of a store, by the independent reader. */
export function versionsIn(file: Buffer): string {
  if (file.readUInt32LE(8) === 2) return eventsIn(file);
  const texts = (entry: StoredEntry): string[] =>
    entry.versions.map(({ createdAt, deletedAt, data }) =>
      versionText(entry.table, entry.keyHex, hex(data), createdAt, deletedAt === OPEN ? null : deletedAt),
    );
  return readEntries(file).flatMap(texts).join('\n');
}

function eventsIn(file: Buffer): string {
  const { tables, historyOf } = decodeFormat2(file);
  return tables
    .flatMap(({ record: { id }, keys }) =>
      [...keys].flatMap(([keyHex, { key }]) => {
        const events = historyOf(id, key);
        return events.flatMap(({ position, value }, index) =>
          value === null ? [] : [versionText(id, keyHex, value, position, events[index - 1]?.position ?? null)],
        );
      }),
    )
    .join('\n');
}
