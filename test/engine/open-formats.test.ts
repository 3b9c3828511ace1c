/** Which format a store gets, what it says of itself, and what a release does with features that it does not know. */
import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { runSteps, WriteBatch } from '../../src/engine/index.js';
import { crc32 } from '../../src/engine/bytes/crc32.js';
import { SUPERBLOCK_2_FIELDS } from '../../src/engine/format/v2/structures.js';
import { structureProblems } from '../support/any-format.js';
import { checkFormat2 } from '../support/format2-check.js';
import { decodeFormat2 } from '../support/format2-decode.js';
import { MemoryFiles } from '../support/memory-files.js';
import { openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { expectRefused } from '../support/store-errors.js';

const { offsets } = SUPERBLOCK_2_FIELDS;

/** A store of a format with one row. */
function storeOf(format: number): MemoryFiles {
  const files = new MemoryFiles();
  usingStore(files, { create: true, format }, (store) => {
    store.apply(new WriteBatch(1n).put(1n, 'key', 'value'));
    store.sync();
  });
  return files;
}

/** The same store with a change of both superblocks. */
function changed(files: MemoryFiles, change: (superblock: Buffer) => void): MemoryFiles {
  const bytes = files.get(STORE_PATH);
  for (const page of [0, 1]) {
    const superblock = bytes.subarray(page * 4096, (page + 1) * 4096);
    change(superblock);
    superblock.writeUInt32LE(crc32(superblock.subarray(0, 4092)), 4092);
  }
  const copy = new MemoryFiles();
  copy.set(STORE_PATH, bytes);
  return copy;
}

describe('the format of a store', () => {
  for (const format of [1, 2]) {
    it(`is ${format} where that is asked for, and stays so`, () => {
      const files = storeOf(format);
      expect(files.get(STORE_PATH).readUInt32LE(8)).to.equal(format);
      expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
      for (const options of [{}, { readOnly: true }, { format }, { readOnly: true, format }]) {
        usingStore(files, options, (store) => {
          expect(store.format).to.equal(format);
          expect(Buffer.from(store.get(1n, 'key') ?? []).toString()).to.equal('value');
        });
      }
    });

    it(`is not ${3 - format} because somebody asks for that`, () => {
      const files = storeOf(format);
      const before = files.get(STORE_PATH);
      for (const options of [{}, { readOnly: true }, { create: true }]) {
        const { facts } = expectRefused(() => openMemory(files, { ...options, format: 3 - format }), 'FORMAT_MISMATCH');
        expect(facts).to.deep.equal({ path: STORE_PATH, expected: 3 - format, found: format });
      }
      expect(files.get(STORE_PATH)).to.deep.equal(before);
      expect(files.openHandles).to.equal(0);
      expect(files.paths()).to.deep.equal([STORE_PATH]);
    });
  }

  it('is 1 for a new store, if nobody asks', () => {
    usingStore(new MemoryFiles(), { create: true }, (store) => {
      expect(store.format).to.equal(1);
    });
  });

  it('is none that there is not', () => {
    for (const format of [0, 3, 1.5, '2' as never]) {
      expectRefused(() => openMemory(new MemoryFiles(), { create: true, format }), 'INVALID_ARGUMENT');
    }
  });
});

describe('the id of a store', () => {
  const idOf = (files: MemoryFiles): Buffer => decodeFormat2(files.get(STORE_PATH)).superblock!.storeId;
  const firstHash = (files: MemoryFiles): Uint8Array => {
    const store = openMemory(files, { readOnly: true });
    const hash = store.appliedHash;
    store.close();
    return hash;
  };

  it('comes from the first batch', () => {
    const files = storeOf(2);
    const hash = firstHash(files);
    const expected = createHash('sha256').update(hash).update('kmb-store').digest().subarray(0, 8);
    expect(idOf(files)).to.deep.equal(expected);
    expect(checkFormat2(files.get(STORE_PATH), { firstHash: hash })).to.deep.equal([]);
  });

  it('is the same whether the batches after it come together with it or not', () => {
    const batches = (): WriteBatch[] => [
      new WriteBatch(1n).put(1n, 'key', 'value'),
      new WriteBatch(2n).put(1n, 'key', 'other'),
      new WriteBatch(3n).purge(7n),
    ];
    const ids = [1, 2, 3].map((together) => {
      const files = new MemoryFiles();
      usingStore(files, { create: true, format: 2 }, (store) => {
        store.applyAll(batches().slice(0, together));
        for (const batch of batches().slice(together)) store.apply(batch);
        store.sync();
      });
      return idOf(files).toString('hex');
    });
    expect(ids).to.deep.equal(Array(3).fill(idOf(storeOf(2)).toString('hex')));
  });

  it('respects a hash that the batch brings', () => {
    const files = new MemoryFiles();
    const hash = Buffer.alloc(32, 5);
    usingStore(files, { create: true, format: 2 }, (store) => {
      store.apply(new WriteBatch(1n, hash).put(1n, 'key', 'value'));
      store.apply(new WriteBatch(2n).put(1n, 'key', 'other'));
      store.sync();
    });
    expect(checkFormat2(files.get(STORE_PATH), { firstHash: hash })).to.deep.equal([]);
  });

  it('is that of the batch that stays when another one was rolled back', () => {
    const files = new MemoryFiles();
    usingStore(files, { create: true, format: 2 }, (store) => {
      const refused = [
        new WriteBatch(1n).put(1n, 'refused', 'value'),
        new WriteBatch(2n).purge(1n),
        new WriteBatch(4n),
      ];
      expectRefused(() => store.applyAll(refused), 'NON_SEQUENTIAL_BATCH');
      store.apply(new WriteBatch(1n).put(1n, 'key', 'value'));
      store.sync();
    });
    expect(files.get(STORE_PATH)).to.deep.equal(storeOf(2).get(STORE_PATH));
  });

  it('is set by the first batch after a commit without any', () => {
    const files = new MemoryFiles();
    usingStore(files, { create: true, format: 2 }, (store) => {
      store.sync();
    });
    expect(files.get(STORE_PATH).length).to.equal(2 * 4096);
    expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
    usingStore(files, {}, (store) => {
      store.apply(new WriteBatch(1n).put(1n, 'key', 'value'));
      store.sync();
    });
    expect(checkFormat2(files.get(STORE_PATH), { firstHash: firstHash(files) })).to.deep.equal([]);
  });

  it('comes from the first batch of a replay, too', () => {
    const files = new MemoryFiles();
    usingStore(files, { create: true, format: 2 }, (store) => {
      const group = store.newGroup();
      group.add(new WriteBatch(1n).put(1n, 'key', 'value'));
      group.add(new WriteBatch(2n).put(1n, 'key', 'other'));
      runSteps(store.applyGroupSteps(group));
      group.close();
      store.sync();
    });
    expect(idOf(files)).to.deep.equal(idOf(storeOf(2)));
  });
});

describe('a feature that this release does not know', () => {
  it('is ignored and kept when it is compatible', () => {
    const files = changed(storeOf(2), (superblock) => superblock.writeUInt32LE(0x8000_0001, offsets.compatible));
    usingStore(files, {}, (store) => {
      store.apply(new WriteBatch(2n).put(1n, 'key', 'other'));
      store.sync();
    });
    expect(decodeFormat2(files.get(STORE_PATH)).superblock?.features.compatible).to.equal(0x8000_0001);
  });

  it('keeps a store from being written when it is read-only compatible', () => {
    const files = changed(storeOf(2), (superblock) => superblock.writeUInt32LE(0x28, offsets.readOnly));
    const before = files.get(STORE_PATH);
    usingStore(files, { readOnly: true }, (store) => {
      expect(store.hasTable(1n)).to.equal(true);
    });
    const { facts } = expectRefused(() => openMemory(files), 'FEATURE_UNSUPPORTED');
    expect(facts).to.deep.equal({ path: STORE_PATH, feature: 8 });
    expect(files.get(STORE_PATH)).to.deep.equal(before);
    expect(files.paths()).to.deep.equal([STORE_PATH]);
  });

  it('keeps a store from being read when it is incompatible', () => {
    const files = changed(storeOf(2), (superblock) => superblock.writeUInt32LE(6, offsets.incompatible));
    for (const readOnly of [true, false]) {
      const { message, facts } = expectRefused(() => openMemory(files, { readOnly }), 'UNSUPPORTED_VERSION');
      expect(message).to.match(/the store has the incompatible feature 2, which this release does not know/);
      expect(facts).to.include({ page: 0, found: 2 });
    }
  });

  it('is a page size, too', () => {
    const files = changed(storeOf(2), (superblock) => superblock.writeUInt8(13, offsets.pageSizeBits));
    expectRefused(() => openMemory(files, { readOnly: true }), 'UNSUPPORTED_VERSION');
  });
});
