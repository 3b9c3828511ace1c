/** What the questions about the past must be answered with, by the model and by definitions of the tests' own. */
import { createHash } from 'node:crypto';
import type { BTreeStore, RowDifference, RowState, WriteBatch } from '../../src/engine/index.js';
import type { FormatNumber } from './any-format.js';
import { compareBigint, compareText, fromHex, hex } from './bytes.js';
import { toWriteBatch } from './engine-rows.js';
import { HistoryMaker, type HistoryOptions } from './histories.js';
import { MemoryFiles } from './memory-files.js';
import { openMemory, usingStore } from './memory-store.js';
import type { Model } from './model.js';
import { type Batch } from './model.js';
import { Random } from './random.js';

export interface History {
  readonly batches: readonly Batch[];
  readonly model: Model;
}

/** So many batches, and what they lead to. */
export function historyOf(seed: number, count: number, options: HistoryOptions = {}): History {
  const maker = new HistoryMaker(new Random(seed), { operationsMax: 12, ...options });
  const batches = Array.from({ length: count }, () => maker.next());
  return { batches, model: maker.model };
}

/** The files of a store with these batches, synced every few of them. */
export function filesWith(batches: readonly Batch[], format: FormatNumber, perSync = 7): MemoryFiles {
  const files = new MemoryFiles();
  usingStore(files, { create: true, cachePages: 64, format }, (store) => {
    for (const [index, batch] of batches.entries()) {
      store.apply(toWriteBatch(batch));
      if (index % perSync === 0) store.sync();
    }
    store.sync();
  });
  return files;
}

/** Opens a store with these batches to be read. */
export function readStore(files: MemoryFiles): BTreeStore {
  return openMemory(files, { readOnly: true, cachePages: 32 });
}

/** The content hash, as docs/FORMAT.md defines it. */
export function modelHash(model: Model, at: bigint): string {
  const store = createHash('sha256');
  for (const table of model.tableIds()) {
    if (model.rowsAt(table, at).length === 0) continue;
    const id = Buffer.alloc(8);
    id.writeBigUInt64LE(table);
    store.update(id).update(tableHash(model, table, at));
  }
  return store.digest('hex');
}

export function tableHash(model: Model, table: bigint, at: bigint): Buffer {
  const hash = createHash('sha256');
  for (const { key, value } of model.rowsAt(table, at)) hash.update(counted(key)).update(counted(value));
  return hash.digest();
}

function counted(digits: string): Buffer {
  const bytes = fromHex(digits);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** The first position at which all tables of a store can be read. */
export function oldestOf(model: Model): bigint {
  return model.listedIds().reduce((oldest, id) => (model.oldest(id) > oldest ? model.oldest(id) : oldest), 0n);
}

export interface PlainState {
  readonly value: string;
  readonly createdAt: bigint;
}

export interface PlainDifference {
  readonly table: bigint;
  readonly key: string;
  readonly change: string;
  readonly before: PlainState | null;
  readonly after: PlainState | null;
}

/** The rows of all tables at a position: table → key in hex → what it holds. */
export type Content = ReadonlyMap<bigint, ReadonlyMap<string, PlainState>>;

export function contentAt(model: Model, at: bigint): Content {
  const rows = (id: bigint) =>
    model.rowsAt(id, at).map(({ key, value, createdAt }): [string, PlainState] => [key, { value, createdAt }]);
  return new Map(model.tableIds().map((id) => [id, new Map(rows(id))]));
}

/** The differences between two contents, by table and key. */
export function modelDiff(before: Content, after: Content): PlainDifference[] {
  const ids = [...new Set([...before.keys(), ...after.keys()])].sort(compareBigint);
  return ids.flatMap((table) => {
    const [old, young] = [before.get(table), after.get(table)];
    const keys = [...new Set([...(old?.keys() ?? []), ...(young?.keys() ?? [])])].sort(compareText);
    return keys.flatMap((key) => {
      const states = { before: old?.get(key) ?? null, after: young?.get(key) ?? null };
      if (states.before?.value === states.after?.value) return [];
      const change = states.before === null ? 'added' : states.after === null ? 'removed' : 'changed';
      return [{ table, key, change, ...states }];
    });
  });
}

const plainState = (state: RowState | null): PlainState | null =>
  state && { value: hex(state.value), createdAt: state.createdAt };

export const plainDifference = ({ table, key, change, before, after }: RowDifference): PlainDifference => ({
  table,
  key: hex(key),
  change,
  before: plainState(before),
  after: plainState(after),
});

/** A batch as one line of text: kinds, tables, keys, values, and the hash that it brings. */
export function plainBatch(batch: WriteBatch): string {
  const operations = Array.from(batch.operations(), (operation) =>
    operation.kind === 'purge'
      ? `purge ${operation.table}`
      : `${operation.table} ${hex(operation.key)} ${operation.kind === 'put' ? hex(operation.value) : 'deleted'}`,
  );
  return `${batch.position}: ${operations.join(', ')}${batch.hash === undefined ? '' : ` ${hex(batch.hash)}`}`;
}

/** What `changes` gives between two positions, without the hash, as `plainBatch` writes it. */
export function modelChanges(model: Model, after: bigint, upTo: bigint, only?: bigint): string[] {
  const operations = new Map<bigint, string[]>();
  const note = (position: bigint, text: string): void => {
    operations.set(position, [...(operations.get(position) ?? []), text]);
  };
  for (const table of model.tableIds().filter((id) => only === undefined || id === only)) {
    for (const key of model.keys(table)) {
      const versions = model.history(table, key);
      for (const { createdAt, deletedAt, value } of versions) {
        note(createdAt, `${table} ${key} ${value}`);
        const isReplaced = versions.some((other) => other.createdAt === deletedAt);
        if (deletedAt !== null && !isReplaced) note(deletedAt, `${table} ${key} deleted`);
      }
    }
  }
  const positions = Array.from({ length: Number(upTo - after) }, (_, index) => after + 1n + BigInt(index));
  return positions.map((position) => `${position}: ${(operations.get(position) ?? []).join(', ')}`);
}
