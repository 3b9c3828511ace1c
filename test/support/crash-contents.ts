/** What a store holds, as text that is equal when all is equal: by the model, by the engine, and by its bytes. */
import { createHash } from 'node:crypto';
import type { BTreeStore } from '../../src/engine/index.js';
import { versionsInFile } from './any-format.js';
import { fromHex, hex } from './bytes.js';
import type { Batch, Model, ModelVersion } from './model.js';

export interface Content {
  readonly position: bigint;
  /** The current rows, as a reader gives them. */
  readonly rows: string;
  /** Every version of every key. */
  readonly versions: string;
  /** The model as of this position. */
  readonly model: Model;
}

export function contentOf(model: Model): Content {
  const { appliedPosition: position } = model;
  const rows = model
    .tableIds()
    .flatMap((table) => model.rowsAt(table, position).map(({ key, value }) => rowText(table, key, value)));
  const versions = model
    .tableIds()
    .flatMap((table) => model.keys(table).flatMap((key) => versionTexts(table, key, model.history(table, key))));
  return {
    position,
    rows: textOf(position, model.appliedHash, rows),
    versions: versions.join('\n'),
    model: model.clone(),
  };
}

/** What a model holds after each of some batches, which it takes. */
export function contentsAfterEach(model: Model, batches: readonly Batch[]): Content[] {
  return batches.map((batch) => {
    model.apply(batch);
    return contentOf(model);
  });
}

/** The current rows of a store, as `Content` has them. */
export function rowsOf(store: BTreeStore): string {
  const rows = store
    .tables()
    .flatMap(({ id }) => store.scan(id, {}, 1e6).map(({ key, value }) => rowText(id, hex(key), hex(value))));
  return textOf(store.appliedPosition, store.appliedHash, rows);
}

/** All versions of a model's keys as a store gives them. */
export function versionsOf(store: BTreeStore, model: Model): string {
  const texts = model.tableIds().flatMap((table) =>
    model.keys(table).flatMap((key) => {
      const versions = store.history(table, fromHex(key));
      return versionTexts(
        table,
        key,
        versions.map(({ value, ...lifetime }) => ({ value: hex(value), ...lifetime })),
      );
    }),
  );
  return texts.join('\n');
}

/** All versions in the bytes of a store, by the independent reader of its format. */
export function versionsIn(file: Buffer): string {
  return versionsInFile(file)
    .flatMap(({ table, keyHex, versions }) => versionTexts(table, keyHex, versions))
    .join('\n');
}

const versionTexts = (table: bigint, keyHex: string, versions: readonly ModelVersion[]): string[] =>
  versions.map(({ value, createdAt, deletedAt }) => `${rowText(table, keyHex, value)} ${createdAt} ${deletedAt ?? ''}`);

const textOf = (position: bigint, hash: Uint8Array, rows: readonly string[]): string =>
  [`${position} ${hex(hash)}`, ...rows].join('\n');

const rowText = (table: bigint, keyHex: string, valueHex: string): string =>
  `${table} ${keyHex} ${valueHex.length > LONG ? digestOf(valueHex) : valueHex}`;

/** Values of more hex digits are told by their digests. */
const LONG = 4000;

function digestOf(valueHex: string): string {
  const digest = createHash('sha1').update(fromHex(valueHex)).digest('hex');
  return `${valueHex.length / 2} bytes ${digest}`;
}
