/** What callers without a type checker may hand over: a clear refusal, or what was meant. */
import { expect } from 'chai';
import { type BTreeStore, StoreError, WriteBatch } from '../../src/engine/index.js';
import { newStore } from '../support/memory-store.js';

describe('arguments of the library', () => {
  it('strings are keys by their UTF-8 bytes, wherever a key is taken', () => {
    const store = newStore();
    store.apply(new WriteBatch(1n).put(1n, 'ä', 'one').put(1n, 'b', 'two'));
    expect(Buffer.from(store.get(1n, 'ä') ?? []).toString()).to.equal('one');
    expect(Buffer.from(store.getAt(1n, 'ä', 1n) ?? []).toString()).to.equal('one');
    expect(store.getVersion(1n, 'ä')?.createdAt).to.equal(1n);
    expect(store.history(1n, 'ä')).to.have.length(1);
    for (const range of [{ from: 'ä' }, { to: 'c' }, { prefix: 'ä' }]) {
      expect([...store.cursor(1n, range)]).to.have.length(1);
    }
    expect(store.scan(1n, { from: 'b' }, 9)).to.have.length(2);
  });

  for (const [what, call] of Object.entries<(store: BTreeStore) => unknown>({
    'a table that is a number': (store) => store.get(1 as never, 'k'),
    'a key that is a number': (store) => store.get(1n, 5 as never),
    'a key that is missing': (store) => store.history(1n, undefined as never),
    'a key of 16-bit units': (store) => store.get(1n, new Uint16Array(1) as never),
    'a lone surrogate': (store) => store.get(1n, '\ud800'),
    'a position that is a number': (store) => store.getAt(1n, 'k', 0 as never),
    'a bound that is an array': (store) => store.cursor(1n, { from: [1] as never }),
    'a cursor on a number': (store) => store.cursor(1 as never),
    'a put on a number': () => new WriteBatch(1n).put(0 as never, 'k', 'v'),
    'a put of a number': () => new WriteBatch(1n).put(1n, 'k', 7 as never),
    'a batch at a number': () => new WriteBatch(1 as never),
  })) {
    it(`${what} is INVALID_ARGUMENT`, () => {
      const store = newStore();
      expect(() => call(store))
        .to.throw(StoreError)
        .with.property('code', 'INVALID_ARGUMENT');
    });
  }
});
