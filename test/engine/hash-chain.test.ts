/** The applied hash: which log was applied (DESIGN, rule 9). */
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { WriteBatch } from '../../src/engine/index.js';
import { hex, utf8 } from '../support/bytes.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { HistoryMaker } from '../support/histories.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore, openMemory } from '../support/memory-store.js';
import { type Batch, Model } from '../support/model.js';
import { Random } from '../support/random.js';

describe('the applied hash', () => {
  it('is the chain over every batch as it was given, from 32 zero bytes on', () => {
    const maker = new HistoryMaker(new Random(9), { purges: true });
    const files = new MemoryFiles();
    const store = newStore(files);
    expect(hex(store.appliedHash)).to.equal('00'.repeat(32));
    for (let count = 0; count < 40; count += 1) {
      store.apply(toWriteBatch(maker.next()));
      expect(hex(store.appliedHash)).to.equal(hex(maker.model.appliedHash));
    }
    store.sync();
    store.close();
    const reopened = openMemory(files, { readOnly: true });
    expect(hex(reopened.appliedHash)).to.equal(hex(maker.model.appliedHash));
    reopened.close();
  });

  it('is the same whether batches come one by one or as a group', () => {
    const model = new Model();
    const maker = new HistoryMaker(new Random(10), {}, model);
    const batches = Array.from({ length: 30 }, (): Batch => maker.next());
    const store = newStore();
    store.applyAll(batches.map(toWriteBatch));
    expect(hex(store.appliedHash)).to.equal(hex(model.appliedHash));
    store.close();
  });

  it('is what a batch brings, and goes on from there', () => {
    const own = Buffer.alloc(32, 0xab);
    const batches: Batch[] = [
      { position: 1n, operations: [{ kind: 'put', table: 1n, key: utf8('k'), value: utf8('v') }] },
      { position: 2n, operations: [], hash: own },
      { position: 3n, operations: [{ kind: 'delete', table: 1n, key: utf8('k') }] },
    ];
    const model = new Model();
    const store = newStore();
    for (const batch of batches) {
      model.apply(batch);
      store.apply(toWriteBatch(batch));
      if (batch.position === 2n) expect(hex(store.appliedHash)).to.equal(hex(own));
    }
    expect(hex(store.appliedHash)).to.equal(hex(model.appliedHash));
    store.close();
  });

  it('is given as a copy', () => {
    const store = newStore();
    store.apply(new WriteBatch(1n));
    const hash = hex(store.appliedHash);
    store.appliedHash.fill(0);
    expect(hex(store.appliedHash)).to.equal(hash);
    store.close();
  });

  it('is that of one batch as the rule spells it out', () => {
    // position 1, one operation: put, table 2, key "k" (1 byte), value "vw" (2 bytes).
    const header = ['00'.repeat(32), '0100000000000000', '01000000'];
    const operation = ['01', '0200000000000000', '01000000', '6b', '02000000', '7677'];
    const encoded = [...header, ...operation].join('');
    const store = newStore();
    store.apply(new WriteBatch(1n).put(2n, 'k', 'vw'));
    expect(hex(store.appliedHash)).to.equal(createHash('sha256').update(encoded, 'hex').digest('hex'));
    store.close();
  });
});
