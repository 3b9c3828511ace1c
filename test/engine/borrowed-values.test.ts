/** Long values of a batch stay where the caller has them; all else is as if they were copied. */
import { expect } from 'chai';
import { type BTreeStore, runSteps, WriteBatch } from '../../src/engine/index.js';
import { hex, utf8 } from '../support/bytes.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore, openMemory } from '../support/memory-store.js';
import { Random } from '../support/random.js';
import { expectRefused } from '../support/store-errors.js';

const BORROWED_MIN = 64 * 1024;

const random = new Random(64);
const values = [0, BORROWED_MIN - 1, BORROWED_MIN, 10, 3 * BORROWED_MIN, BORROWED_MIN + 7].map((length) =>
  Buffer.from(random.bytes(length).map((byte) => byte & 0x7f)),
);

/** Puts, with deletes between them; the last two values are of one key. */
function batchOf(position: bigint, valueOf: (value: Buffer) => Uint8Array | string): WriteBatch {
  const batch = new WriteBatch(position);
  for (const [index, value] of values.entries()) {
    batch.put(1n, `key ${Math.min(index, values.length - 2)}`, valueOf(value)).delete(2n, 'absent');
  }
  return batch;
}

const newStore2 = (): BTreeStore => openMemory(new MemoryFiles(), { create: true, cachePages: 32, format: 2 });
const asBytes = (value: Buffer): Uint8Array => value;
const asText = (value: Buffer): string => value.toString();

function expectValues(store: BTreeStore): void {
  for (const [index, value] of values.entries()) {
    const found = store.get(1n, `key ${index}`);
    if (index === values.length - 1) expect(found).to.equal(undefined);
    else if (index === values.length - 2) expect(values.at(-1)?.equals(found!)).to.equal(true);
    else expect(value.equals(found!)).to.equal(true);
  }
}

describe('a borrowed value', () => {
  it('begins at 64 KiB, where a batch follows changes that its caller makes before it is applied', () => {
    for (const [length, isBorrowed] of [
      [BORROWED_MIN - 1, false],
      [BORROWED_MIN, true],
    ] as const) {
      const value = Buffer.alloc(length);
      const batch = new WriteBatch(1n).put(1n, 'key', value);
      value.fill(1);
      const [put] = batch.operations();
      expect(put?.kind === 'put' && put.value.every((byte) => byte === 1)).to.equal(isBorrowed);
    }
  });

  it('counts, is hashed and is given back as one that was copied', () => {
    const borrowed = batchOf(1n, asBytes);
    const copied = batchOf(1n, asText);
    expect(borrowed.byteLength).to.equal(copied.byteLength);
    expect(borrowed.operationCount).to.equal(copied.operationCount);
    const zero = new Uint8Array(32);
    expect(borrowed.encodedParts(zero).length).to.be.greaterThan(1);
    expect(Buffer.concat(borrowed.encodedParts(zero)).equals(Buffer.concat(copied.encodedParts(zero)))).to.equal(true);
    expect([...borrowed.operations()]).to.deep.equal([...copied.operations()]);
  });

  it('is applied as one that was copied', () => {
    const stores = [asBytes, asText].map((valueOf) => {
      const store = newStore2();
      store.apply(batchOf(1n, valueOf));
      expectValues(store);
      return store;
    });
    const [hash, copiedHash] = stores.map((store) => hex(store.appliedHash));
    expect(hash).to.equal(copiedHash);
    for (const store of stores) store.close();
  });

  it('is in the file of a group whose batches wait there', () => {
    const store = newStore2();
    const group = store.newGroup();
    group.add(new WriteBatch(1n).put(1n, 'z', 'first'));
    group.add(batchOf(2n, asBytes));
    expect(runSteps(group.spill())).to.equal(true);
    runSteps(store.applyGroupSteps(group));
    expectValues(store);
    expect(store.get(1n, 'z')).to.deep.equal(utf8('first'));
    store.close();
  });

  it('is refused where no page of format 1 holds it', () => {
    const store = newStore();
    expectRefused(() => {
      store.apply(batchOf(1n, asBytes));
    }, 'ENTRY_TOO_LARGE');
    expect(store.appliedPosition).to.equal(0n);
    store.close();
  });
});
