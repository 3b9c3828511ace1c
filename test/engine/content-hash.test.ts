/** The content hash against its definition, computed here alone. */
import { expect } from 'chai';
import { FORMATS } from '../support/any-format.js';
import { hex, utf8 } from '../support/bytes.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { newStore } from '../support/memory-store.js';
import { expectRefused } from '../support/store-errors.js';
import { filesWith, historyOf, modelHash, oldestOf, readStore, tableHash } from '../support/timeline.js';

const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('the content hash', () => {
  const { batches, model } = historyOf(501, 60, { tables: [0n, 7n, 2n ** 64n - 1n] });

  for (const format of FORMATS) {
    it(`is that of its definition at every position, in format ${format} (seed 501)`, () => {
      const store = readStore(filesWith(batches, format));
      for (let at = 0n; at <= model.appliedPosition; at += 1n) {
        const { hash, tables, at: asked } = store.contentHash({ at });
        expect(asked).to.equal(at);
        expect(hex(hash), `at ${at}`).to.equal(modelHash(model, at));
        const due = model.tableIds().filter((id) => model.rowsAt(id, at).length > 0);
        expect(tables.map(({ id }) => id)).to.deep.equal(due);
        for (const { id, rows, hash: own } of tables) {
          expect(rows).to.equal(model.rowsAt(id, at).length);
          expect(hex(own)).to.equal(tableHash(model, id, at).toString('hex'));
          expect(hex(store.contentHash({ at, table: id }).hash)).to.equal(hex(own));
        }
      }
      expect(hex(store.contentHash().hash)).to.equal(modelHash(model, model.appliedPosition));
      store.close();
    });

    it(`is that of what batches not yet synced have made, in format ${format}`, () => {
      const store = newStore(undefined, format);
      expect(hex(store.contentHash().hash)).to.equal(EMPTY);
      expect(store.contentHash({ table: 9n }).tables).to.deep.equal([]);
      for (const batch of batches.slice(0, 5)) store.apply(toWriteBatch(batch));
      expect(hex(store.contentHash().hash)).to.equal(modelHash(model, 5n));
      store.close();
    });
  }

  it('is of long values, and of a range (format 2)', () => {
    const store = newStore(undefined, 2);
    const put = (key: string, value: Buffer) => ({ kind: 'put' as const, table: 1n, key: utf8(key), value });
    const operations = [put('a', Buffer.alloc(200_000, 7)), put('b', Buffer.alloc(65_532)), put('c', utf8('short'))];
    store.apply(toWriteBatch({ position: 1n, operations }));
    const { model: all } = historyOf(1, 0, { format: 2 });
    all.apply({ position: 1n, operations });
    expect(hex(store.contentHash().hash)).to.equal(modelHash(all, 1n));
    const { model: part } = historyOf(1, 0, { format: 2 });
    part.apply({ position: 1n, operations: operations.slice(1, 2) });
    expect(hex(store.contentHash({ from: 'b', to: 'c' }).hash)).to.equal(modelHash(part, 1n));
    expect(hex(store.contentHash({ prefix: 'b' }).hash)).to.equal(modelHash(part, 1n));
    store.close();
  });

  it('is refused where one of the tables has forgotten, and not of one that has not (seed 502)', () => {
    const purging = historyOf(502, 90, { format: 2, purges: true, tables: [1n, 2n, 3n] });
    const store = readStore(filesWith(purging.batches, 2));
    const oldest = oldestOf(purging.model);
    expect(oldest > 0n).to.equal(true);
    for (let at = 0n; at <= purging.model.appliedPosition; at += 1n) {
      if (at >= oldest) expect(hex(store.contentHash({ at }).hash)).to.equal(modelHash(purging.model, at));
      else
        expect(expectRefused(() => store.contentHash({ at }), 'POSITION_FORGOTTEN').facts).to.include({
          position: at,
          oldest: oldestAt(at),
        });
      for (const table of purging.model.listedIds()) {
        if (at >= purging.model.oldest(table))
          expect(hex(store.contentHash({ at, table }).hash)).to.equal(
            tableHash(purging.model, table, at).toString('hex'),
          );
        else expectRefused(() => store.contentHash({ at, table }), 'POSITION_FORGOTTEN');
      }
    }
    const beyond = expectRefused(() => store.contentHash({ at: 91n }), 'POSITION_BEYOND_APPLIED');
    expect(beyond.facts).to.deep.equal({ position: 91n, appliedPosition: 90n });
    store.close();

    function oldestAt(at: bigint): bigint {
      return purging.model
        .listedIds()
        .map((id) => purging.model.oldest(id))
        .filter((first) => first > at)
        .reduce((latest, first) => (first > latest ? first : latest), 0n);
    }
  });
});
