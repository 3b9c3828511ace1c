/** Write batches, and how `apply` takes or refuses them. */
import { expect } from 'chai';
import { MAX_KEY_LENGTH, WriteBatch, type WriteOp } from '../../src/engine/index.js';
import { FORMATS } from '../support/any-format.js';
import { hex, U64_MAX, utf8 } from '../support/bytes.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { refuse } from '../support/many-tables.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore, STORE_PATH } from '../support/memory-store.js';
import { Random } from '../support/random.js';
import { expectRefused } from '../support/store-errors.js';

describe('WriteBatch', () => {
  it('gives its operations back in order, strings as UTF-8', () => {
    const batch = new WriteBatch(1n).put(1n, 'ключ', '値').delete(U64_MAX, utf8('k')).purge(0n).put(2n, '', '');
    expect(batch.operationCount).to.equal(4);
    expect([...batch.operations()].map(plain)).to.deep.equal([
      { kind: 'put', table: 1n, key: hex(utf8('ключ')), value: hex(utf8('値')) },
      { kind: 'delete', table: U64_MAX, key: hex(utf8('k')) },
      { kind: 'purge', table: 0n },
      { kind: 'put', table: 2n, key: '', value: '' },
    ]);
  });

  it('keeps copies: changing a key or a value afterwards changes nothing', () => {
    const key = utf8('key');
    const value = utf8('value');
    const batch = new WriteBatch(1n).put(1n, key, value);
    key.fill(0);
    value.fill(0);
    expect([...batch.operations()].map(plain)).to.deep.equal([
      { kind: 'put', table: 1n, key: hex(utf8('key')), value: hex(utf8('value')) },
    ]);
  });

  it('takes operations of any size as it grows', () => {
    const random = new Random(7);
    const operations = Array.from({ length: 200 }, (): WriteOp => ({
      kind: 'put',
      table: BigInt(random.below(5)),
      key: random.bytes(random.below(1025)),
      value: random.bytes(random.below(20_000)),
    }));
    const batch = toWriteBatch({ position: 5n, operations });
    expect([...batch.operations()].map(plain)).to.deep.equal(operations.map(plain));
    const bytes = operations.reduce(
      (sum, operation) => sum + (operation.kind === 'put' ? operation.key.length + operation.value.length : 0),
      0,
    );
    expect(batch.byteLength).to.be.greaterThan(bytes);
  });

  it('takes a key of 1,024 bytes and refuses one of 1,025, and is as before', () => {
    const batch = new WriteBatch(1n).put(1n, Buffer.alloc(MAX_KEY_LENGTH, 1), 'v');
    const before = batch.byteLength;
    for (const key of [Buffer.alloc(1025), 'x'.repeat(1025), 'é'.repeat(513)]) {
      expectRefused(() => batch.put(1n, key, 'v'), 'KEY_TOO_LONG');
      expectRefused(() => batch.delete(1n, key), 'KEY_TOO_LONG');
    }
    expect([batch.operationCount, batch.byteLength]).to.deep.equal([1, before]);
  });

  it('refuses what is no position, no table id, no hash, no text', () => {
    expectRefused(() => new WriteBatch(0n), 'NON_SEQUENTIAL_BATCH');
    for (const position of [-1n, U64_MAX + 1n]) expectRefused(() => new WriteBatch(position), 'INVALID_ARGUMENT');
    expectRefused(() => new WriteBatch(U64_MAX), 'POSITIONS_EXHAUSTED');
    for (const length of [0, 31, 33]) expectRefused(() => new WriteBatch(1n, Buffer.alloc(length)), 'INVALID_ARGUMENT');
    for (const table of [-1n, U64_MAX + 1n])
      expectRefused(() => new WriteBatch(1n).put(table, 'k', 'v'), 'INVALID_ARGUMENT');
    expectRefused(() => new WriteBatch(1n).put(1n, '\ud800', 'v'), 'INVALID_ARGUMENT');
    expectRefused(() => new WriteBatch(1n).put(1n, 'k', '\udfff'), 'INVALID_ARGUMENT');
  });
});

function plain(operation: WriteOp): Record<string, unknown> {
  if (operation.kind === 'purge') return { ...operation };
  return operation.kind === 'put'
    ? { ...operation, key: hex(operation.key), value: hex(operation.value) }
    : { ...operation, key: hex(operation.key) };
}

for (const format of FORMATS) {
  describe(`apply in format ${format}`, () => {
    it('takes position 1 first and each next one, and nothing else', () => {
      const store = newStore(new MemoryFiles(), format);
      expectRefused(() => store.apply(new WriteBatch(2n)), 'NON_SEQUENTIAL_BATCH');
      store.apply(new WriteBatch(1n));
      for (const position of [1n, 3n, BigInt(Number.MAX_SAFE_INTEGER) + 1n, U64_MAX - 1n]) {
        const { facts } = expectRefused(() => store.apply(new WriteBatch(position)), 'NON_SEQUENTIAL_BATCH');
        expect(Object.values(facts)).to.include(position);
      }
      store.apply(new WriteBatch(2n));
      expect(store.appliedPosition).to.equal(2n);
      store.close();
    });

    it('takes a group of consecutive batches, all or none', () => {
      const store = newStore(new MemoryFiles(), format);
      store.applyAll([]);
      store.applyAll([new WriteBatch(1n).put(1n, 'a', '1'), new WriteBatch(2n).put(1n, 'a', '2')]);
      expect(store.history(1n, utf8('a')).length).to.equal(2);
      const group = [new WriteBatch(3n).put(1n, 'b', '3'), new WriteBatch(5n).put(1n, 'b', '5')];
      expectRefused(() => store.applyAll(group), 'NON_SEQUENTIAL_BATCH');
      expect(store.appliedPosition).to.equal(2n);
      expect(store.get(1n, utf8('b'))).to.equal(undefined);
      store.close();
    });

    it('keeps only the last of several operations on one key, even when an earlier one would not fit', () => {
      const store = newStore(new MemoryFiles(), format);
      store.apply(
        new WriteBatch(1n)
          .put(1n, 'k', Buffer.alloc(5000))
          .delete(1n, 'k')
          .put(1n, 'k', 'last')
          .put(1n, 'gone', 'x')
          .delete(1n, 'gone'),
      );
      expect(store.history(1n, utf8('k')).map(({ value }) => Buffer.from(value).toString())).to.deep.equal(['last']);
      expect(store.history(1n, utf8('gone'))).to.deep.equal([]);
      store.close();
    });

    it('changes nothing and makes no table when a key that is not there is deleted', () => {
      const store = newStore(new MemoryFiles(), format);
      store.apply(new WriteBatch(1n).delete(9n, 'absent'));
      expect(store.tables()).to.deep.equal([]);
      store.apply(new WriteBatch(2n).put(1n, 'k', 'v').delete(1n, 'absent'));
      expect(store.tables().map(({ id }) => id)).to.deep.equal([1n]);
      store.close();
    });

    it('drops a table with its history when it is purged, and lets it begin anew in the same batch', () => {
      const store = newStore(new MemoryFiles(), format);
      store.apply(new WriteBatch(1n).put(1n, 'old', '1').put(2n, 'other', '1'));
      store.apply(new WriteBatch(2n).put(1n, 'lost', '2').purge(1n).put(1n, 'new', '2').purge(77n));
      expect(store.scan(1n, {}, 10).map(({ key }) => Buffer.from(key).toString())).to.deep.equal(['new']);
      if (format === 2) expectRefused(() => store.getAt(1n, utf8('old'), 1n), 'POSITION_FORGOTTEN');
      else expect(store.getAt(1n, utf8('old'), 1n)).to.equal(undefined);
      expect(store.get(2n, utf8('other'))).to.not.equal(undefined);
      store.apply(new WriteBatch(3n).purge(1n));
      expect(store.scan(1n, {}, 10)).to.deep.equal([]);
      expect(store.tables().map(({ id }) => id)).to.deep.equal(format === 2 ? [1n, 2n] : [2n]);
      store.close();
    });

    it('leaves no page of a refused batch behind in the file, however many the cache had no room for', () => {
      const files = new MemoryFiles();
      const store = newStore(files, format);
      store.apply(new WriteBatch(1n).put(1n, 'k', 'v'));
      store.sync();
      const before = files.get(STORE_PATH);
      const batch = new WriteBatch(2n);
      for (let key = 0; key < 400; key += 1) batch.put(1n, `key-${key}`, Buffer.alloc(1000));
      refuse(store, batch.put(1n, 'z', Buffer.alloc(4000)));
      store.sync();
      expect(files.get(STORE_PATH).equals(before)).to.equal(true);
      store.close();
      expect(files.get(STORE_PATH).equals(before)).to.equal(true);
    });
  });
}
