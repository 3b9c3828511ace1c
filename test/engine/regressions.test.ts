/** Faults that were found in use, each under a sentence that says what must hold. */
import { expect } from 'chai';
import {
  decodeLogLine,
  Replayer,
  StoreError,
  WriteBatch,
  type BTreeStore,
  type WriteOp,
} from '../../src/engine/index.js';
import { BAD_OPERATIONS, lineWith } from '../support/bad-lines.js';
import { type FormatNumber, FORMATS } from '../support/any-format.js';
import { U64_MAX, utf8 } from '../support/bytes.js';
import { resealPage } from '../support/format1-writer.js';
import { clearFaults, injectFault, MemoryFiles } from '../support/memory-files.js';
import { memoryWith, newStore, openMemory, STORE_PATH } from '../support/memory-store.js';
import { expectRefused } from '../support/store-errors.js';

const keyOf = (index: number): Buffer => utf8(String(index).padStart(6, '0'));

/** A synced store whose tree has hundreds of leaves. */
function wideStore(format: FormatNumber): MemoryFiles {
  const files = new MemoryFiles();
  const store = newStore(files, format);
  const batch = new WriteBatch(1n);
  for (let index = 0; index < 6000; index += 1) batch.put(1n, keyOf(index), Buffer.alloc(100, index));
  store.apply(batch);
  store.sync();
  store.close();
  return files;
}

for (const format of FORMATS) {
  describe(`a cursor in format ${format}`, () => {
    it('keeps its leaf while other reads turn the smallest cache over', () => {
      const store = openMemory(wideStore(format), { readOnly: true, cachePages: 32 });
      for (let gap = 26; gap < 36; gap += 1) {
        const cursor = store.cursor(1n, { from: keyOf(100), to: keyOf(300) });
        let rows = 0;
        let other = 1000;
        for (; cursor.next(); rows += 1) {
          for (let count = 0; count < gap; count += 1) store.get(1n, keyOf((other = 1000 + ((other + 31) % 5000))));
        }
        expect(rows).to.equal(200);
      }
      store.close();
    });

    it('gives way now and then where no row is visible for a long way', () => {
      const store = openMemory(wideStore(format), { readOnly: true, cachePages: 32 });
      const nothing = store.cursor(1n, { at: 0n });
      const pauses = Array.from({ length: 5 }, () => nothing.advance(1000));
      expect([...pauses, nothing.advance(2000)]).to.deep.equal([...Array.from({ length: 5 }, () => undefined), false]);
      const all = store.cursor(1n);
      let rows = 0;
      while (all.advance(1) === true) rows += 1;
      expect(rows).to.equal(6000);
      store.close();
    });

    for (const reverse of [false, true]) {
      it(`goes on after a read that failed once, ${reverse ? 'backwards' : 'forwards'}`, () => {
        const files = wideStore(format);
        for (let nth = 2; nth < 40; nth += 3) {
          const store = openMemory(files, { readOnly: true, cachePages: 32 });
          injectFault(files, { kinds: ['read'], nth });
          const cursor = store.cursor(1n, { reverse });
          expect(countPastFaults(cursor, files)).to.equal(6000);
          clearFaults(files);
          store.close();
        }
      });
    }
  });
}

function countPastFaults(cursor: ReturnType<BTreeStore['cursor']>, files: MemoryFiles): number {
  let rows = 0;
  for (;;) {
    try {
      if (!cursor.next()) return rows;
      rows += 1;
    } catch (error) {
      expect(error).to.be.instanceOf(StoreError).with.property('code', 'IO_ERROR');
      clearFaults(files);
    }
  }
}

describe('a group of batches', () => {
  it('with one table too many is refused at the batch that brings it, in the order of the log', () => {
    const store = newStore();
    const replayer = new Replayer(store);
    const put = (position: number, table: number): void => {
      const ops = [{ op: 'put', table, key: 'k', value: '' }];
      replayer.push(utf8(JSON.stringify({ position, ops })));
    };
    for (let table = 1; table <= 200; table += 1) put(table, table + 100);
    put(201, 9000);
    put(202, 5);
    const { facts } = expectRefused(() => {
      replayer.finish();
    }, 'TOO_MANY_TABLES');
    expect(facts).to.include({ line: 202, position: 202n, table: 5n, appliedPosition: 201n });
    store.close();
  });

  for (const format of FORMATS) {
    it(`that could not be committed does not count as applied, in format ${format}`, () => {
      const files = new MemoryFiles();
      const store = newStore(files, format);
      const replayer = new Replayer(store);
      replayer.push(utf8('{"position":1,"ops":[{"op":"purge","table":1}]}'));
      injectFault(files, { kinds: ['sync'], nth: 1 });
      const { facts } = expectRefused(() => {
        replayer.finish();
      }, 'IO_ERROR');
      expect(facts).to.include({ line: 1, appliedPosition: 0n });
      expect(replayer.summary).to.include({ applied: 0, operations: 0, toPosition: 0n });
      clearFaults(files);
      store.close();
    });
  }
});

describe('a line of a log', () => {
  it('may hold a long value in base64, and a long key in hex that is refused as a key', () => {
    const bytes = Buffer.alloc(6_000_000, 7);
    const [put] = decodeLogLine(
      utf8(lineWith(`{"op":"put","table":1,"key":"k","valueBase64":"${bytes.toString('base64')}"}`)),
    ).operations();
    expect(put?.kind === 'put' && bytes.equals(put.value)).to.equal(true);
    const long = lineWith(`{"op":"delete","table":1,"keyHex":"${'ab'.repeat(6_000_000)}"}`);
    expectRefused(() => decodeLogLine(utf8(long)), 'KEY_TOO_LONG');
  });

  it('is refused, and no more than that, when an op is nested a hundred thousand deep', () => {
    const nested = `{"op":${'['.repeat(100_000)}${']'.repeat(100_000)},"table":1,"key":"k"}`;
    expectRefused(() => decodeLogLine(utf8(lineWith(nested))), 'INVALID_LOG_LINE');
  });

  it('costs no more for spaces behind colons', () => {
    const [put] = decodeLogLine(
      utf8('{"position": 1, "ops": [{"op": "put", "table": 7, "key": "a\\":", "value": "\\\\"}]}'),
    ).operations();
    expect(put).to.deep.include({ kind: 'put', table: 7n, key: utf8('a":'), value: utf8('\\') });
  });

  it('is refused for a field twice however it is spaced or spelled', () => {
    expect(Object.keys(BAD_OPERATIONS)).to.include.members([
      'a field twice with a space before the colon',
      'a field twice with the same value',
      'a table with an exponent under an escaped name',
      'base64 with stray bits',
    ]);
  });
});

describe('a batch', () => {
  it('refuses an operation of an unknown kind instead of purging its table', () => {
    const wrong = { kind: 'del', table: 1n, key: utf8('k') } as unknown as WriteOp;
    expectRefused(() => new WriteBatch(1n).push(wrong), 'INVALID_ARGUMENT');
  });

  it('keeps the hash that it was given, whatever becomes of the bytes', () => {
    const hash = Buffer.alloc(32, 1);
    const store = newStore();
    store.apply(new WriteBatch(1n, hash));
    hash.fill(2);
    expect(Buffer.from(store.appliedHash).equals(Buffer.alloc(32, 1))).to.equal(true);
    store.close();
  });
});

describe('a superblock', () => {
  it('with a root beyond every file is told, and kept, to the last digit', () => {
    const files = new MemoryFiles();
    const first = newStore(files);
    first.apply(new WriteBatch(1n).put(1n, 'k', 'v').put(2n, 'k', 'v'));
    first.sync();
    first.close();
    const bytes = files.get(STORE_PATH);
    bytes.writeBigUInt64LE(U64_MAX - 1n, 72);
    resealPage(bytes, 0);
    const damaged = memoryWith(bytes);
    const store = openMemory(damaged);
    expect(store.tables()[0]?.root).to.equal(U64_MAX - 1n);
    expect(expectRefused(() => store.get(1n, utf8('k')), 'TREE_CORRUPTED').facts).to.include({ found: U64_MAX - 1n });
    store.apply(new WriteBatch(2n).put(2n, 'other', 'v'));
    store.sync();
    store.close();
    expect(damaged.get(STORE_PATH).readBigUInt64LE(72)).to.equal(U64_MAX - 1n);
  });
});

describe('a page that two pointers lead to', () => {
  const NONE = 0xffff_ffff_ffff_ffffn;
  const u64 = (value: bigint): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    return bytes;
  };
  const u16 = (value: number): Buffer => Buffer.of(value & 255, value >> 8);

  /** A page with these items, unsealed. */
  function treePage(type: number, items: readonly Buffer[]): Buffer {
    const page = Buffer.alloc(4096);
    page.write('VDPG');
    page.set([1, type, items.length, 0, 32 + 4 * items.length, 0], 4);
    let end = 4092;
    items.forEach((item, index) => {
      end -= item.length;
      page.set(item, end);
      page.writeUInt16LE(end, 32 + 4 * index);
      page.writeUInt16LE(item.length, 34 + 4 * index);
    });
    return page;
  }

  it('is seen also where no separator stands right above it, whatever was read before', () => {
    const superblock = Buffer.alloc(4096);
    superblock.write('VDBSTORE');
    superblock.set([1, 0, 0, 0, 1], 8);
    superblock.writeBigUInt64LE(4n, 52);
    superblock.writeUInt32LE(1, 60);
    superblock.set(Buffer.concat([u64(1n), u64(1n), Buffer.of(3, 0, 0, 0)]), 64);
    const entry = Buffer.concat([u16(1), utf8('a'), u16(1), u64(1n), u64(NONE), Buffer.of(1, 0, 0, 0), utf8('A')]);
    const bytes = Buffer.concat([
      superblock,
      treePage(1, [u64(2n), Buffer.concat([u16(1), utf8('m'), u64(2n)])]),
      treePage(1, [u64(3n)]),
      treePage(0, [u64(NONE), entry]),
    ]);
    for (let page = 0; page < 4; page += 1) resealPage(bytes, page);
    const store = openMemory(memoryWith(bytes), { readOnly: true });
    // A page without a separator of its own is refused as such.
    for (let round = 0; round < 2; round += 1) {
      expectRefused(() => store.get(1n, utf8('a')), 'TREE_CORRUPTED');
      expectRefused(() => store.get(1n, utf8('z')), 'TREE_CORRUPTED');
      expectRefused(() => store.scan(1n, {}, 10), 'TREE_CORRUPTED');
    }
    store.close();
  });
});
