/**
 * Damaged stores: each answer is right, or the damage is named (exit 3). Nothing else is thrown, and nothing runs for
 * ever.
 *
 * That holds too where every page on the way is well formed and they only contradict each other: a key may end in
 * damage, but it is never said to be missing, and no scan passes over its rows in silence.
 */
import { expect } from 'chai';
import { verify, WriteBatch } from '../../src/engine/index.js';
import { hex, utf8 } from '../support/bytes.js';
import { healthyStore, ownDamages } from '../support/damage.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { pageOf } from '../support/format1-decode.js';
import { packLeaves, resealPage, writeStore } from '../support/format1-writer.js';
import { crateBrokenStores, damagedBase, damagedStores, type StoreCase } from '../support/golden.js';
import { expectNoWrongAnswers, expectWhole } from '../support/no-wrong-answers.js';
import { memoryWith, openMemory, STORE_PATH } from '../support/memory-store.js';
import { isInOrder, type KeyName, readEverything } from '../support/read-everything.js';
import { readAllRows, type StoredRow } from '../support/read-rows.js';
import { attempt, DAMAGE_MET_BY_WRITES, refusalOf } from '../support/store-errors.js';

/** Legal as it stands: the rows are what the file says. */
const LEGAL = new Set(['version-equal']);

describe('the damaged copies of a store', () => {
  const base = damagedBase();
  for (const { name, bytes, severity } of base === undefined ? [] : damagedStores()) {
    it(`${name}: the right answer or the damage named`, () => {
      const rows = LEGAL.has(name) ? readAllRows(bytes, base?.appliedPosition ?? 0n) : currentRows(base);
      const reading = readEverything(memoryWith(bytes), currentRows(base));
      expectNoWrongAnswers(reading, rows);
      if (severity !== 'error') expectWhole(reading);
    });
  }
});

const currentRows = (store: StoreCase | undefined): readonly StoredRow[] =>
  store?.rowsAt.get(store.appliedPosition) ?? [];

/** Nothing that an answer depends on is touched. */
const OWN_HARMLESS = new Set(['reserved bytes', 'free offset', 'a page too many', 'a ragged tail', 'created at 0']);

describe('every kind of damage to a small store', () => {
  const rows = readAllRows(healthyStore(), 9n);
  for (const { name, bytes } of ownDamages()) {
    it(`${name}: the right answer or the damage named, now and in the past`, () => {
      const torn = name === 'applied position below the versions';
      const now = readEverything(memoryWith(bytes), rows);
      expectNoWrongAnswers(now, torn ? readAllRows(healthyStore(), 4n) : rows);
      if (OWN_HARMLESS.has(name)) expectWhole(now);
      expectNoWrongAnswers(readEverything(memoryWith(bytes), rows, 2n), readAllRows(healthyStore(), 2n));
    });

    it(`${name}: a write is taken and reads back, or ends in an error that changes nothing`, () => {
      const files = memoryWith(bytes);
      const opening = attempt(() => openMemory(files, {}));
      if ('damage' in opening) return;
      const written = attemptWrites(opening.value);
      opening.value.close();
      if (!written) expect(files.get(STORE_PATH).equals(bytes)).to.equal(true);
    });
  }

  it('has a canary: the healthy store itself reads whole', () => {
    const reading = readEverything(memoryWith(healthyStore()), rows);
    expectNoWrongAnswers(reading, rows);
    expectWhole(reading);
  });
});

/**
 * A batch with puts and deletes in every leaf; false when the store named its damage, else each key reads as it was
 * written.
 */
function attemptWrites(store: ReturnType<typeof openMemory>): boolean {
  const operations = Array.from({ length: 12 }, (_, index) => {
    const key = Buffer.from(`key-${String(index).padStart(2, '0')}`);
    return index % 2 === 0
      ? ({ kind: 'put', table: 1n, key, value: key } as const)
      : ({ kind: 'delete', table: 1n, key } as const);
  });
  const batch = toWriteBatch({ position: store.appliedPosition + 1n, operations });
  if (refusalOf(() => store.apply(batch), ...DAMAGE_MET_BY_WRITES) !== undefined) return false;
  for (const { kind, key } of operations) {
    const value = store.get(1n, key);
    expect(value && hex(value), hex(key)).to.equal(kind === 'put' ? hex(key) : undefined);
  }
  return true;
}

describe('a tree that is higher than the smallest cache has pages', () => {
  for (const singleChildLevels of [1, 20, 22, 23, 30, 62]) {
    it(`is read and written, or called damaged, with ${singleChildLevels} levels of single children`, () => {
      const entries = ['a', 'b', 'c', 'd'].map((key) => ({
        key: utf8(key),
        versions: [{ createdAt: 1n, deletedAt: null, data: utf8(key) }],
      }));
      const tables = [{ id: 1n, leaves: packLeaves(entries, 2) }];
      const bytes = writeStore({ appliedPosition: 1n, tables, singleChildLevels });
      const rows = readAllRows(bytes, 1n);
      expect(rows.length).to.equal(4);
      expectNoWrongAnswers(readEverything(memoryWith(bytes), rows), rows);
      const store = openMemory(memoryWith(bytes), { cachePages: 32 });
      for (let position = 2n; position < 200n; position += 1n) {
        const batch = new WriteBatch(position).put(1n, `c${position}`, Buffer.alloc(1000)).put(1n, 'a', 'again');
        if (refusalOf(() => store.apply(batch), ...DAMAGE_MET_BY_WRITES, 'ENTRY_TOO_LARGE') !== undefined) break;
      }
      store.close();
    });
  }
});

describe('a separator that is no higher than the one that leads to its page', () => {
  it('leaves no keys to the child before it: those are not said to be missing', () => {
    const bytes = lowSeparatorStore();
    const rows = readAllRows(bytes, 1n);
    expect(rows.length).to.equal(8);
    const reading = readEverything(memoryWith(bytes), rows);
    expectNoWrongAnswers(reading, rows);
    expect(reading.keysDamaged).to.have.length(4);
    const found = verify(STORE_PATH, { files: memoryWith(bytes) }).findings.map(({ code, page }) => `${code}@${page}`);
    expect(found).to.include('key-bounds@6');
  });
});

/** Four leaves of two keys below two internal pages; the separator of the second is made to be its first key. */
function lowSeparatorStore(): Buffer {
  const entries = Array.from('abcdefgh', (key) => ({
    key: utf8(key),
    versions: [{ createdAt: 1n, deletedAt: null, data: utf8(key) }],
  }));
  const tables = [{ id: 1n, leaves: packLeaves(entries, 2) }];
  const bytes = writeStore({ appliedPosition: 1n, tables, fanout: 2 });
  const page = pageOf(bytes, 6);
  const separator = page.readUInt16LE(36);
  expect(page.toString('latin1', separator + 2, separator + 3)).to.equal('g');
  page.write('e', separator + 2, 'latin1');
  resealPage(bytes, 6);
  return bytes;
}

describe('the stores that the crate wrote wrongly', () => {
  for (const store of crateBrokenStores()) {
    it(`${store.name}: every read ends in an answer or in damage named`, () => {
      for (const position of [undefined, ...store.rowsAt.keys(), store.appliedPosition]) {
        const reading = readEverything(memoryWith(store.bytes), keysOf(store), position);
        for (const scan of reading.scans) expect(isInOrder(scan)).to.equal(true);
      }
    });
  }
});

const keysOf = ({ batches, rowsAt }: StoreCase): KeyName[] => [
  ...batches
    .flatMap(({ operations }) => operations)
    .flatMap((operation) =>
      operation.kind === 'purge'
        ? []
        : [{ table: operation.table, keyHex: Buffer.from(operation.key).toString('hex') }],
    ),
  ...[...rowsAt.values()].flat(),
];
