/** Rows that are lent are those that a cursor copies: the same ones, in the same order, wherever a step ends. */
import { expect } from 'chai';
import type { BTreeStore, CursorOptions, LentRow } from '../../src/engine/index.js';
import { FORMATS } from '../support/any-format.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { HistoryMaker } from '../support/histories.js';
import { MemoryFiles } from '../support/memory-files.js';
import { usingStore } from '../support/memory-store.js';
import { Random } from '../support/random.js';

const TABLES = [1n, 2n];

interface SeenRow {
  readonly key: string;
  readonly value: string;
  readonly createdAt: bigint;
  readonly deletedAt: bigint | null;
}

function copied(store: BTreeStore, table: bigint, options: CursorOptions, withValues: boolean): SeenRow[] {
  return [...store.cursor(table, options)].map(({ key, value, createdAt, deletedAt }) => ({
    key: Buffer.from(key).toString('hex'),
    value: withValues ? Buffer.from(value).toString('hex') : '',
    createdAt,
    deletedAt,
  }));
}

/** In steps of random length, each of which the one who takes the rows may end as well. */
function lent(
  store: BTreeStore,
  table: bigint,
  options: CursorOptions,
  withValues: boolean,
  random: Random,
): SeenRow[] {
  const rows: SeenRow[] = [];
  const cursor = store.cursor(table, options);
  const slice = ({ bytes }: LentRow['key'], start: number, length: number) =>
    bytes.toString('hex', start, start + length);
  let goesOn = true;
  while (goesOn) {
    let left = random.between(1, 20);
    const visit = (row: LentRow): boolean => {
      const value = withValues ? slice(row.value, row.valueStart, row.valueLength) : '';
      rows.push({ key: slice(row.key, row.keyStart, row.keyLength), value, ...row.lifetime() });
      left -= 1;
      return left > 0;
    };
    goesOn = cursor.lendRows(random.between(1, 40), visit, withValues);
  }
  return rows;
}

for (const format of FORMATS) {
  describe(`rows that are lent, format ${format}`, () => {
    for (const seed of [1101, 1102]) {
      it(`are the rows of the cursor (seed ${seed})`, () => {
        const random = new Random(seed);
        const files = new MemoryFiles();
        const maker = new HistoryMaker(random, { format, tables: TABLES, operationsMax: 12 });
        usingStore(files, { create: true, cachePages: 64, format }, (store) => {
          for (let count = 0; count < 150; count += 1) store.apply(toWriteBatch(maker.next()));
          store.sync();
          expectSame(store, random);
        });
        usingStore(files, { readOnly: true, cachePages: 32 }, (store) => {
          expectSame(store, random);
        });
      });
    }
  });
}

function expectSame(store: BTreeStore, random: Random): void {
  let seen = 0;
  for (let round = 0; round < 60; round += 1) {
    const table = TABLES[round % TABLES.length] as bigint;
    const keys = [...store.cursor(table)].map(({ key }) => key);
    const bound = () => (random.chance(0.5) ? { key: keys[random.between(0, keys.length - 1)] } : {});
    const [from, to] = [bound().key, bound().key];
    const options: CursorOptions = {
      ...(from && { from }),
      ...(to && { to }),
      ...(random.chance(0.5) && { at: BigInt(random.between(0, Number(store.appliedPosition))) }),
      reverse: random.chance(0.5),
    };
    const withValues = random.chance(0.7);
    const expected = copied(store, table, options, withValues);
    expect(lent(store, table, options, withValues, random)).to.deep.equal(expected);
    seen += expected.length;
  }
  expect(seen).to.be.greaterThan(100);
}
