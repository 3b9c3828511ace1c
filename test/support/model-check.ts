/** Holds a store against the model: every key, every way of reading, now and in the past. */
import { expect } from 'chai';
import type { BTreeStore, CursorOptions } from '../../src/engine/index.js';
import { fromHex, hex, utf8 } from './bytes.js';
import { atOption, cursorRows, plainRow, plainVersion, ROWS_MAX } from './engine-rows.js';
import type { Model, ModelRow } from './model.js';
import type { Random } from './random.js';
import { expectRefused } from './store-errors.js';

/** Everything at the applied position, and the whole history of every key. */
export function expectSame(store: BTreeStore, model: Model): void {
  expect(store.appliedPosition).to.equal(model.appliedPosition);
  expect(hex(store.appliedHash)).to.equal(hex(model.appliedHash));
  expect(tablesWithRows(store)).to.deep.equal(model.tableIds());
  for (const table of model.tableIds()) {
    expectSameAt(store, model, table, undefined);
    const rows = model.rowsAt(table, model.appliedPosition).length;
    expect(store.rowCount(table) ?? rows, `rows of table ${table}`).to.equal(rows);
    for (const key of model.keys(table)) expectSameKey(store, model, table, key);
    for (const key of [utf8('key/'), utf8('absent'), Buffer.alloc(1024, 1)])
      expectSameKey(store, model, table, hex(key));
  }
}

/** The crate also registers tables that never had a row. */
const tablesWithRows = (store: BTreeStore): bigint[] =>
  store
    .tables()
    .filter(({ root }) => root !== null)
    .map(({ id }) => id);

/** Every table at one position, by scan and by cursor. */
export function expectSameRowsAt(store: BTreeStore, model: Model, position: bigint): void {
  for (const table of model.listedIds()) {
    if (position >= model.oldest(table)) expectSameAt(store, model, table, position);
    else expectForgotten(store, model, table, position);
  }
}

function expectForgotten(store: BTreeStore, model: Model, table: bigint, at: bigint): void {
  const due = { table, position: at, oldest: model.oldest(table) };
  for (const read of [
    () => store.scanAt(table, {}, ROWS_MAX, at),
    () => store.cursor(table, { at, reverse: true }),
    () => store.getAt(table, utf8('key/'), at),
    () => store.getVersion(table, utf8('absent'), at),
  ]) {
    expect(expectRefused(read, 'POSITION_FORGOTTEN').facts).to.deep.equal(due);
  }
}

function expectSameAt(store: BTreeStore, model: Model, table: bigint, at: bigint | undefined): void {
  const expected = model.rowsAt(table, at ?? model.appliedPosition);
  const scanned = at === undefined ? store.scan(table, {}, ROWS_MAX) : store.scanAt(table, {}, ROWS_MAX, at);
  expectRows(scanned.map(plainRow), expected, () => `scan of table ${table} at ${at ?? 'now'}`);
  const reverse = cursorRows(store, table, { reverse: true, ...atOption(at) });
  expectRows(reverse.reverse(), expected, () => `reverse cursor over table ${table} at ${at ?? 'now'}`);
}

function expectSameKey(store: BTreeStore, model: Model, table: bigint, keyHex: string): void {
  const key = fromHex(keyHex);
  const versions = model.history(table, keyHex).filter(({ createdAt, deletedAt }) => createdAt !== deletedAt);
  expect(store.history(table, key).map(plainVersion), `history of ${keyHex}`).to.deep.equal(versions);
  const oldestFirst = [...store.versions(table, key, { reverse: true })].map(plainVersion);
  expect(oldestFirst, `history of ${keyHex}, oldest first`).to.deep.equal(versions.toReversed());
  const current = model.versionAt(table, keyHex, model.appliedPosition)?.value;
  const value = store.get(table, key);
  expect(value && hex(value), `get of ${keyHex}`).to.equal(current);
}

/** A key at a position that the table still knows: `getAt` and `getVersion`. */
export function expectSameVersionAt(
  store: BTreeStore,
  model: Model,
  table: bigint,
  keyHex: string,
  position: bigint,
): void {
  const expected = model.versionAt(table, keyHex, position);
  const value = store.getAt(table, fromHex(keyHex), position);
  expect(value && hex(value), `getAt of ${keyHex} at ${position}`).to.equal(expected?.value);
  const version = store.getVersion(table, fromHex(keyHex), position);
  expect(version && plainVersion(version), `getVersion of ${keyHex} at ${position}`).to.deep.equal(expected);
}

/** A position that a table can be read at. */
export function knownPosition(random: Random, model: Model, table: bigint): bigint {
  const oldest = model.oldest(table);
  return oldest + BigInt(random.below(Number(model.appliedPosition - oldest) + 1));
}

/** One random range: bounds, prefix, direction, position, limit. */
export function expectSameRange(store: BTreeStore, model: Model, random: Random): void {
  const ids = model.tableIds();
  const table = ids.length === 0 ? 1n : random.pick(ids);
  const { at, from, to, prefix, reverse, ...rest } = randomRange(random, model, table);
  const options: CursorOptions = { ...rest, ...at, ...from, ...to, ...prefix, ...reverse };
  const position = options.at ?? model.appliedPosition;
  const inRange = model.rowsAt(table, position).filter(({ key }) => within(key, options));
  const label = (): string => `table ${table} ${describeRange(options)}`;
  const expected = options.reverse === true ? [...inRange].reverse() : inRange;
  expectRows(cursorRows(store, table, options), expected, label);
  const limit = random.below(inRange.length + 2);
  const range = { ...from, ...to };
  const bounded = model.rowsAt(table, position).filter(({ key }) => within(key, range));
  expectRows(
    store.scanAt(table, range, limit, position).map(plainRow),
    bounded.slice(0, limit),
    () => `${label()} limit ${limit}`,
  );
}

interface RangeParts {
  readonly at: { at?: bigint };
  readonly from: { from?: Buffer };
  readonly to: { to?: Buffer };
  readonly prefix: { prefix?: Buffer };
  readonly reverse: { reverse?: boolean };
}

function randomRange(random: Random, model: Model, table: bigint): RangeParts {
  const bound = (): Buffer => randomBound(random, model.keys(table));
  const position = knownPosition(random, model, table);
  return {
    at: random.chance(0.6) ? { at: position } : {},
    from: random.chance(0.6) ? { from: bound() } : {},
    to: random.chance(0.6) ? { to: bound() } : {},
    prefix: random.chance(0.3) ? { prefix: shortened(random, bound()) } : {},
    reverse: random.chance(0.5) ? { reverse: random.chance(0.9) } : {},
  };
}

/** A key that is there, or one just beside it. */
function randomBound(random: Random, keys: readonly string[]): Buffer {
  const key = keys.length === 0 ? utf8('none') : fromHex(random.pick(keys));
  if (random.chance(0.2)) return Buffer.concat([key, Buffer.from([0])]).subarray(0, 1024);
  return random.chance(0.2) ? shortened(random, key) : key;
}

const shortened = (random: Random, key: Buffer): Buffer => key.subarray(0, random.below(key.length + 1));

const boundHex = (bound: Uint8Array | string): string => hex(typeof bound === 'string' ? utf8(bound) : bound);

function within(key: string, { from, to, prefix }: CursorOptions): boolean {
  const aboveFrom = from === undefined || key >= boundHex(from);
  const belowTo = to === undefined || key < boundHex(to);
  return aboveFrom && belowTo && (prefix === undefined || key.startsWith(boundHex(prefix)));
}

function describeRange(options: CursorOptions): string {
  const text = (bound: Uint8Array | string | undefined): string => (bound === undefined ? '-' : boundHex(bound));
  const direction = options.reverse === true ? 'reverse' : 'forward';
  return `${text(options.from)}..${text(options.to)} prefix ${text(options.prefix)} ${direction} at ${options.at ?? 'now'}`;
}

/** chai's deep equality on thousands of rows is slow: it is asked only where something differs. */
function expectRows(actual: readonly ModelRow[], expected: readonly ModelRow[], label: () => string): void {
  const same =
    actual.length === expected.length &&
    actual.every((row, index) => {
      const other = expected[index];
      return (
        row.key === other?.key &&
        row.value === other.value &&
        row.createdAt === other.createdAt &&
        row.deletedAt === other.deletedAt
      );
    });
  if (!same) expect(actual, label()).to.deep.equal(expected);
}
