/** What verify-pages advises is true of this software: what it says that a command repairs, that command repairs. */
import { expect } from 'chai';
import { FINDING_KINDS, Replayer, verify, WriteBatch, type FindingCode } from '../../src/engine/index.js';
import { JOURNAL } from '../../src/engine/journal/format.js';
import { verifyLines } from '../../src/cli/verify/text.js';
import type { FormatNumber } from '../support/any-format.js';
import { utf8 } from '../support/bytes.js';
import { crashedStore, JOURNAL_PATH, withFile } from '../support/crashed-store.js';
import { healthyStore, ownDamages, subtleDamages } from '../support/damage.js';
import { PAGE_BYTES } from '../support/format1-decode.js';
import { packLeaves, resealPage, writeStore } from '../support/format1-writer.js';
import { MemoryFiles } from '../support/memory-files.js';
import { memoryWith, openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { DAMAGE_FOUND } from './support/damage-found.js';

const codesOf = (files: MemoryFiles): FindingCode[] =>
  Object.keys(verify(STORE_PATH, { files }).codes) as FindingCode[];

const textOf = (files: MemoryFiles): string =>
  verifyLines('store.kmb', verify(STORE_PATH, { files }))
    .map(({ text }) => text)
    .join('\n');

/** What the command `recover` does. */
function recover(files: MemoryFiles): void {
  const store = openMemory(files);
  store.sync();
  store.close();
}

const MENDED = ownDamages()
  .concat(subtleDamages())
  .filter(({ name }) =>
    DAMAGE_FOUND[name]?.every((found) => /^(next-page-id|ragged-tail|leaked-page@6|applied-untraced)/.test(found)),
  );

describe('what verify advises', () => {
  it('has a store for each code that recover is said to mend', () => {
    const mended = Object.entries(FINDING_KINDS).filter(
      ([, { remedy }]) => remedy.includes('kmb-store recover') && !remedy.includes('with the release'),
    );
    expect(mended.map(([code]) => code).sort()).to.deep.equal(['leaked-page', 'next-page-id', 'ragged-tail']);
    expect(MENDED.map(({ name }) => name)).to.have.members([
      'next page id 0',
      'next page id 1',
      'a page too many',
      'a ragged tail',
    ]);
  });

  for (const { name, bytes } of MENDED) {
    it(`${name}: recover mends it, as it says, and loses nothing`, () => {
      const files = memoryWith(Buffer.from(bytes));
      expect(codesOf(files).some((code) => FINDING_KINDS[code].remedy.includes('kmb-store recover'))).to.equal(true);
      recover(files);
      expect(codesOf(files)).to.deep.equal([]);
      expect(files.get(STORE_PATH).equals(healthyStore())).to.equal(true);
    });
  }

  it('a hash before the first batch needs nothing to be done: the chain begins with zero', () => {
    const damaged = writeStore({ appliedPosition: 0n, tables: [] });
    damaged.fill(7, 20, 52);
    resealPage(damaged, 0);
    const files = memoryWith(damaged);
    expect(codesOf(files)).to.deep.equal(['applied-hash']);
    const sound = openMemory(memoryWith(writeStore({ appliedPosition: 0n, tables: [] })));
    const store = openMemory(files);
    for (const each of [store, sound]) each.apply(new WriteBatch(1n).put(1n, utf8('a'), utf8('b')));
    expect(store.appliedHash).to.deep.equal(sound.appliedHash);
    store.sync();
    store.close();
    expect(codesOf(files)).to.deep.equal([]);
    expect(new Replayer(openMemory(files))).to.be.instanceOf(Replayer);
  });
});

describe('what verify advises of the superblock of format 2', () => {
  /** A store with one row, changed in a superblock page. */
  function damaged(damage: (bytes: Buffer) => void): MemoryFiles {
    const files = new MemoryFiles();
    usingStore(files, { create: true, format: 2 }, (store) => {
      store.apply(new WriteBatch(1n).put(1n, 'a', 'b'));
      store.sync();
    });
    const bytes = files.get(STORE_PATH);
    damage(bytes);
    return memoryWith(bytes);
  }

  const ofAnotherCommit = (page: number, commit: bigint) => (bytes: Buffer) => {
    bytes.writeBigUInt64LE(commit, page * PAGE_BYTES + 64);
    resealPage(bytes, page);
  };

  const cases = [
    { name: 'page 0 lost', code: 'superblock-magic', damage: (bytes: Buffer) => bytes.fill(0x5a, 0, PAGE_BYTES) },
    { name: 'page 0 torn', code: 'superblock-crc', damage: (bytes: Buffer) => bytes.fill(0x5a, 512, PAGE_BYTES) },
    {
      name: 'page 1 lost',
      code: 'superblock-copy',
      damage: (bytes: Buffer) => bytes.fill(0, PAGE_BYTES, 2 * PAGE_BYTES),
    },
    { name: 'page 0 of an earlier commit', code: 'superblock-copies', damage: ofAnotherCommit(0, 0n) },
    { name: 'page 1 of an earlier commit', code: 'superblock-copies', damage: ofAnotherCommit(1, 0n) },
  ];

  for (const { name, code, damage } of cases) {
    it(`${name}: the next command that writes repairs it, as it says, and loses nothing`, () => {
      const files = damaged(damage);
      expect(codesOf(files)).to.deep.equal([code]);
      expect(textOf(files)).to.contain('the next command that writes');
      usingStore(files, {}, (store) => {
        store.apply(new WriteBatch(2n).put(1n, 'c', 'd'));
        store.sync();
        expect(Buffer.from(store.get(1n, 'a') ?? []).toString()).to.equal('b');
      });
      expect(codesOf(files)).to.deep.equal([]);
    });
  }

  it('does not say so where the other pages are not of the commit that the copy is of', () => {
    const files = damaged((bytes) => {
      bytes.fill(0x5a, 0, PAGE_BYTES);
      bytes.writeBigUInt64LE(0n, PAGE_BYTES + 96);
      resealPage(bytes, 1);
    });
    expect(codesOf(files)).to.have.members(['superblock-magic', 'page-sum']);
    expect(textOf(files)).to.not.contain('the next command that writes');
    expect(() => openMemory(files)).to.throw();
  });

  it('finds a commit of which only a part is in the file', () => {
    expect(codesOf(memoryWith(halfCommitted(2)))).to.include.members(['superblock-copies', 'page-sum']);
  });
});

describe('verify on pages that nothing points to', () => {
  it('says that nothing is lost where the applied position is seen in a page', () => {
    const text = textOf(memoryWith(Buffer.concat([freshStore(), Buffer.alloc(PAGE_BYTES)])));
    expect(text).to.contain('leaked-page').and.contain('nothing is lost').and.not.contain('applied-untraced');
  });

  it('does not say so where no page that is reached knows of it: the last batch may be in them', () => {
    const files = memoryWith(halfCommitted());
    const report = verify(STORE_PATH, { files });
    expect(report).to.deep.include({ ok: true, appliedPosition: 2n });
    expect(Object.keys(report.codes)).to.have.members(['leaked-page', 'applied-untraced']);
    expect(verify(STORE_PATH, { files, strict: true }).ok).to.equal(false);
    expect(textOf(files)).to.contain('its changes are missing').and.not.contain('nothing is lost');
  });

  it('does not ask for traces of a position 0, nor where trees cannot be seen', () => {
    const empty = Buffer.concat([writeStore({ appliedPosition: 0n, tables: [] }), Buffer.alloc(PAGE_BYTES)]);
    expect(codesOf(memoryWith(empty))).to.deep.equal(['leaked-page']);
    const blind = Buffer.concat([healthyStore(), Buffer.alloc(PAGE_BYTES)]).fill(0, PAGE_BYTES, 2 * PAGE_BYTES);
    expect(codesOf(memoryWith(blind))).to.not.include('applied-untraced');
  });
});

describe('verify on a journal that nobody can use', () => {
  it('that is of a later version: only its own release can finish it, and nobody reads the store', () => {
    const { atCommitPoint } = crashedStore();
    const journal = atCommitPoint.get(JOURNAL_PATH);
    journal.writeUInt32LE(77, JOURNAL.versionOffset);
    resealPage(journal, 0);
    const files = withFile(atCommitPoint, JOURNAL_PATH, journal);
    expect(() => openMemory(files, { readOnly: true })).to.throw();
    expect(verify(STORE_PATH, { files })).to.deep.include({
      ok: false,
      codes: { 'journal-version': 1 },
    });
  });

  it('that is damaged when half of its commit is in the file: moving it away alone would not help', () => {
    const { inPlace } = crashedStore();
    const journal = inPlace.get(JOURNAL_PATH);
    journal.fill(0xee, 3 * PAGE_BYTES);
    const files = withFile(inPlace, JOURNAL_PATH, journal);
    expect(() => openMemory(files, { readOnly: true })).to.throw();
    const report = verify(STORE_PATH, { files });
    expect(report.ok).to.equal(false);
    expect(report.codes).to.include({ 'journal-damaged': 1 });
    expect(textOf(files)).to.contain('together with the file');
  });
});

/**
 * Killed between the superblock and the pages that change in place, and the journal was thrown away: rows of position 2
 * are missing.
 */
function halfCommitted(format: FormatNumber = 1): Buffer {
  const files = new MemoryFiles();
  const store = openMemory(files, { create: true, cachePages: 32, format });
  const fill = (position: bigint): void => {
    const batch = new WriteBatch(position);
    for (let row = 0; row < 50; row++) batch.put(1n, utf8(`key-${row}-${position}`), Buffer.alloc(900));
    store.apply(batch);
    store.sync();
  };
  fill(1n);
  const before = files.get(STORE_PATH);
  fill(2n);
  store.close();
  const after = files.get(STORE_PATH);
  return Buffer.concat([after.subarray(0, PAGE_BYTES), before.subarray(PAGE_BYTES), after.subarray(before.length)]);
}

/** A store whose last batch is in a page. */
function freshStore(): Buffer {
  const versions = [{ createdAt: 9n, deletedAt: null, data: utf8('v') }];
  return writeStore({
    appliedPosition: 9n,
    tables: [{ id: 1n, leaves: packLeaves([{ key: utf8('k'), versions }]) }],
  });
}
