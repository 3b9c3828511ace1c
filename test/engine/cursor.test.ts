/** Cursors: half-open ranges both ways, and what they say while the store moves under them. */
import { expect } from 'chai';
import { type BTreeStore, type CursorOptions, WriteBatch } from '../../src/engine/index.js';
import { type FormatNumber, FORMATS } from '../support/any-format.js';
import { fromHex, utf8 } from '../support/bytes.js';
import { cursorRows, plainRow, toWriteBatch } from '../support/engine-rows.js';
import { HistoryMaker } from '../support/histories.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore } from '../support/memory-store.js';
import { expectSame } from '../support/model-check.js';
import { Random } from '../support/random.js';
import { expectRefused } from '../support/store-errors.js';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const keysIn = (store: BTreeStore, options: CursorOptions): string =>
  [...store.cursor(1n, options)].map(({ key }) => text(key)).join(' ');

function letters(format: FormatNumber): BTreeStore {
  const store = newStore(new MemoryFiles(), format);
  const batch = new WriteBatch(1n);
  for (const key of ['a', 'b', 'ba', 'bb', 'c', '\xff', '\xff\xff']) batch.put(1n, Buffer.from(key, 'latin1'), key);
  store.apply(batch);
  return store;
}

for (const format of FORMATS) {
  describe(`a cursor in format ${format}`, () => {
    it('takes the lower end of a range and leaves the upper one, in both directions', () => {
      const store = letters(format);
      for (const reverse of [false, true]) {
        const expected = (keys: string): string => (reverse ? keys.split(' ').reverse().join(' ') : keys);
        expect(keysIn(store, { reverse, from: utf8('b'), to: utf8('c') })).to.equal(expected('b ba bb'));
        expect(keysIn(store, { reverse, from: utf8('b\0'), to: utf8('c\0') })).to.equal(expected('ba bb c'));
        expect(keysIn(store, { reverse, to: utf8('b') })).to.equal(expected('a'));
        expect(keysIn(store, { reverse, from: utf8('bb') })).to.equal(expected('bb c \xff \xff\xff'));
        expect(keysIn(store, { reverse, prefix: utf8('b') })).to.equal(expected('b ba bb'));
        expect(keysIn(store, { reverse, prefix: utf8('b'), from: utf8('a'), to: utf8('bb') })).to.equal(
          expected('b ba'),
        );
        expect(keysIn(store, { reverse, prefix: Buffer.from([0xff]) })).to.equal(expected('\xff \xff\xff'));
        expect(keysIn(store, { reverse, prefix: Buffer.from([0xff, 0xff]) })).to.equal(expected('\xff\xff'));
        expect(keysIn(store, { reverse, prefix: utf8('') })).to.equal(expected('a b ba bb c \xff \xff\xff'));
        for (const empty of [
          { from: utf8('b'), to: utf8('b') },
          { from: utf8('c'), to: utf8('b') },
          { to: utf8('') },
          { prefix: utf8('zz') },
        ]) {
          expect(keysIn(store, { reverse, ...empty })).to.equal('');
        }
      }
      store.close();
    });

    it('gives the positions of a row without its value', () => {
      const store = letters(format);
      store.apply(new WriteBatch(2n).delete(1n, 'a'));
      const cursor = store.cursor(1n, { at: 1n });
      expect(cursor.next()).to.equal(true);
      const { createdAt, deletedAt } = cursor.row();
      expect(cursor.lifetime())
        .to.deep.equal({ createdAt, deletedAt })
        .and.to.deep.equal({ createdAt: 1n, deletedAt: 2n });
      store.close();
    });

    it('scans up to a limit, and refuses one below 0', () => {
      const store = letters(format);
      expect(store.scan(1n, {}, 3).map(({ key }) => text(key))).to.deep.equal(['a', 'b', 'ba']);
      expect(store.scan(1n, {}, 0)).to.deep.equal([]);
      expect(store.scan(1n, {}, Number.POSITIVE_INFINITY).length).to.equal(7);
      for (const limit of [-1, Number.NaN]) expectRefused(() => store.scan(1n, {}, limit), 'INVALID_ARGUMENT');
      store.close();
    });

    it('walks an absent table as an empty one, and has no row before the first step or behind the last', () => {
      const store = letters(format);
      expect([...store.cursor(99n)]).to.deep.equal([]);
      const cursor = store.cursor(1n, { from: utf8('\xff') });
      expectRefused(() => cursor.row(), 'INVALID_ARGUMENT');
      while (cursor.next());
      expect(cursor.next()).to.equal(false);
      expectRefused(() => cursor.row(), 'INVALID_ARGUMENT');
      store.close();
    });

    it('copies its bounds: changing them afterwards changes nothing', () => {
      const store = letters(format);
      const [from, to] = [utf8('b'), utf8('c')];
      const cursor = store.cursor(1n, { from, to });
      from.fill(0);
      to.fill(0xff);
      expect([...cursor].map(({ key }) => text(key)).join(' ')).to.equal('b ba bb');
      store.close();
    });

    it('ends in STORE_CLOSED when the store is closed meanwhile', () => {
      const store = letters(format);
      const cursor = store.cursor(1n);
      cursor.next();
      store.close();
      expectRefused(() => cursor.next(), 'STORE_CLOSED');
    });
  });
}

/** A store larger than its cache, with nothing synced: its pages move between memory and the spill file. */
function restlessStore(format: FormatNumber, seed: number): { store: BTreeStore; maker: HistoryMaker } {
  const maker = new HistoryMaker(new Random(seed), { format, tables: [1n, 2n], operationsMax: 30 });
  const store = newStore(new MemoryFiles(), format);
  for (let count = 0; count < 100; count += 1) store.apply(toWriteBatch(maker.next()));
  return { store, maker };
}

for (const format of FORMATS) {
  describe(`a cursor over a store of format ${format} that moves`, () => {
    it('finds its place again when the store changes between two rows, and stays at its position (seed 501)', () => {
      const { store, maker } = restlessStore(format, 501);
      for (const reverse of [false, true]) {
        const at = maker.model.appliedPosition;
        const expected = maker.model.rowsAt(1n, at).map(({ key, value }) => [key, value]);
        let steps = 0;
        const rows = cursorRows(store, 1n, { at, reverse }, () => {
          steps += 1;
          if (steps % 7 === 0) store.apply(toWriteBatch(maker.next()));
          if (steps % 21 === 0) store.sync();
        });
        const found = rows.map(({ key, value }) => [key, value]);
        expect(reverse ? found.reverse() : found).to.deep.equal(expected);
      }
      expectSame(store, maker.model);
      store.close();
    });

    it('gives the row that it stands on whatever was read or synced since the step (seed 502)', () => {
      const { store, maker } = restlessStore(format, 502);
      const random = new Random(502);
      const keys = maker.model.keys(2n);
      for (const reverse of [false, true]) {
        const expected = maker.model.rowsAt(1n, maker.model.appliedPosition);
        if (reverse) expected.reverse();
        const cursor = store.cursor(1n, { reverse });
        for (const [index, row] of expected.entries()) {
          expect(cursor.next()).to.equal(true);
          for (let count = 0; count < 40; count += 1) store.get(2n, fromHex(random.pick(keys)));
          if (reverse && index === 50) store.sync();
          expect(plainRow(cursor.row())).to.deep.equal(row);
        }
        expect(cursor.next()).to.equal(false);
      }
      store.close();
    });

    it('gives the row that it stands on after a sync has laid its page out anew', () => {
      const store = newStore(new MemoryFiles(), format);
      store.apply(new WriteBatch(1n).put(1n, 'a', 'a1').put(1n, 'b', 'b1'));
      store.apply(new WriteBatch(2n).put(1n, 'a', 'a2'));
      const cursor = store.cursor(1n, { reverse: true });
      cursor.next();
      store.sync();
      expect([text(cursor.row().key), text(cursor.row().value)]).to.deep.equal(['b', 'b1']);
      store.close();
    });

    it('walks side by side with others (seed 503)', () => {
      const { store, maker } = restlessStore(format, 503);
      const cursors = [1n, 2n].flatMap((table) =>
        [false, true].map((reverse) => ({
          table,
          reverse,
          cursor: store.cursor(table, { reverse }),
          rows: [] as string[],
        })),
      );
      for (let stepped = true; stepped;) {
        stepped = false;
        for (const { cursor, rows } of cursors) {
          if (!cursor.next()) continue;
          stepped = true;
          rows.push(plainRow(cursor.row()).key);
        }
      }
      for (const { table, reverse, rows } of cursors) {
        const expected = maker.model.rowsAt(table, maker.model.appliedPosition).map(({ key }) => key);
        expect(reverse ? rows.reverse() : rows).to.deep.equal(expected);
      }
      store.close();
    });
  });
}
