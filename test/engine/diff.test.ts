/** Differences between positions and between stores, against the model. */
import { expect } from 'chai';
import { compact, type Row, WriteBatch } from '../../src/engine/index.js';
import { countedByTable } from '../../src/cli/timeline/diff-request.js';
import { DIFF_COUNTS_VIEW, type DiffCounts } from '../../src/cli/timeline/diff-view.js';
import { FORMATS } from '../support/any-format.js';
import { hex, utf8 } from '../support/bytes.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { resealPage } from '../support/format1-writer.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore, openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { Random } from '../support/random.js';
import { expectRefused } from '../support/store-errors.js';
import {
  contentAt,
  filesWith,
  historyOf,
  modelChanges,
  modelDiff,
  modelHash,
  oldestOf,
  plainBatch,
  plainDifference,
  type PlainDifference,
  readStore,
} from '../support/timeline.js';

const POSITIONS = 60;

describe('a diff', () => {
  const { batches, model } = historyOf(601, POSITIONS, { tables: [0n, 7n, 2n ** 64n - 1n], smallValues: true });
  const contents = Array.from({ length: POSITIONS + 1 }, (_, at) => contentAt(model, BigInt(at)));

  for (const format of FORMATS) {
    it(`of all pairs of ${POSITIONS} positions is what the model says, in format ${format} (seed 601)`, function () {
      this.timeout(60_000);
      const store = readStore(filesWith(batches, format));
      for (const [from, before] of contents.entries()) {
        for (const [to, after] of contents.entries()) {
          const rows = [...store.diff(BigInt(from), BigInt(to))];
          const found = rows.map(plainDifference);
          const due = modelDiff(before, after);
          expect(statText(countedByTable(rows))).to.equal(statText(countsOf(due)));
          // Chai compares at length what is equal.
          if (found.map(line).join() !== due.map(line).join()) expect(found, `${from} to ${to}`).to.deep.equal(due);
        }
      }
      expect(Array.from(store.diff(31n), plainDifference)).to.deep.equal(
        modelDiff(contents[31]!, contents[POSITIONS]!),
      );
      store.close();
    });

    it(`of a range and of a table is a part of the whole, in format ${format} (seed 602)`, () => {
      const store = readStore(filesWith(batches, format));
      const random = new Random(602);
      for (let round = 0; round < 200; round += 1) {
        const [a, b] = [random.below(POSITIONS + 1), random.below(POSITIONS + 1)];
        const [from, to] = [random.bytes(random.below(3)), utf8(`key/0${random.below(300)}`)];
        const table = [0n, 7n, 404n, undefined][random.below(4)];
        const prefix = random.pick(['', 'key/00', 'hot']);
        const due = modelDiff(contents[a]!, contents[b]!).filter(
          (row) =>
            (table === undefined || row.table === table) &&
            row.key >= hex(from) &&
            row.key < hex(to) &&
            row.key.startsWith(hex(utf8(prefix))),
        );
        const found = store.diff(BigInt(a), BigInt(b), { table, from, to, prefix });
        expect(Array.from(found, plainDifference)).to.deep.equal(due);
      }
      store.close();
    });

    it(`with another store compares what they hold, in format ${format} (seed 603)`, () => {
      const other = historyOf(603, POSITIONS, { tables: [0n, 8n, 2n ** 64n - 1n], smallValues: true });
      const store = readStore(filesWith(batches, format));
      for (const otherFormat of FORMATS) {
        const second = readStore(filesWith(other.batches, otherFormat));
        const same = readStore(filesWith(batches, otherFormat, 1));
        for (const at of [0, 1, 13, 37, POSITIONS]) {
          const due = modelDiff(contents[at]!, contentAt(other.model, BigInt(at)));
          expect(Array.from(store.diffWith(second, { at: BigInt(at) }), plainDifference)).to.deep.equal(due);
          expect([...store.diffWith(same, { at: BigInt(at) })]).to.deep.equal([]);
        }
        expect([...store.diffWith(same)]).to.deep.equal([]);
        second.close();
        same.close();
      }
      store.close();
    });

    it(`sees what is not synced yet, and is refused beyond it, in format ${format}`, () => {
      const store = newStore(undefined, format);
      for (const batch of batches.slice(0, 10)) store.apply(toWriteBatch(batch));
      expect(Array.from(store.diff(3n), plainDifference)).to.deep.equal(modelDiff(contents[3]!, contents[10]!));
      expectRefused(() => store.diff(3n, 11n), 'POSITION_BEYOND_APPLIED');
      expectRefused(() => store.diffWith(store, { at: 11n }), 'POSITION_BEYOND_APPLIED');
      store.close();
    });
  }

  it('is refused where a table has forgotten, and not of another one (seed 604)', () => {
    const purging = historyOf(604, 80, { format: 2, purges: true, tables: [1n, 2n, 3n], smallValues: true });
    const store = readStore(filesWith(purging.batches, 2));
    const oldest = oldestOf(purging.model);
    const now = contentAt(purging.model, 80n);
    expect(oldest > 0n && oldest < 80n).to.equal(true);
    for (let at = 0n; at <= 80n; at += 1n) {
      const due = modelDiff(contentAt(purging.model, at), now);
      if (at >= oldest) expect(Array.from(store.diff(at), plainDifference)).to.deep.equal(due);
      else {
        expectRefused(() => [...store.diff(at)], 'POSITION_FORGOTTEN');
        expectRefused(() => [...store.diff(80n, at)], 'POSITION_FORGOTTEN');
      }
      for (const table of [1n, 2n, 3n]) {
        if (at < purging.model.oldest(table))
          expectRefused(() => [...store.diff(at, 80n, { table })], 'POSITION_FORGOTTEN');
        else {
          const part = due.filter((row) => row.table === table);
          expect(Array.from(store.diff(at, 80n, { table }), plainDifference)).to.deep.equal(part);
        }
      }
    }
    store.close();
  });

  it('after compact --keep-from is what it was from there on, and refused before; so are changes and hashes (seed 606)', () => {
    const { batches: kept, model: whole } = historyOf(606, 40, { format: 2, tables: [1n, 2n, 3n], smallValues: true });
    const files = filesWith(kept, 2);
    compact(STORE_PATH, { files, keepFrom: 17n });
    const store = readStore(files);
    const states = Array.from({ length: 41 }, (_, at) => contentAt(whole, BigInt(at)));
    for (let from = 0n; from <= 40n; from += 1n) {
      for (let to = from; to <= 40n; to += 4n) {
        const due = modelDiff(states[Number(from)]!, states[Number(to)]!);
        if (from >= 17n) expect(Array.from(store.diff(from, to), plainDifference)).to.deep.equal(due);
        else expectRefused(() => [...store.diff(from, to)], 'POSITION_FORGOTTEN');
      }
      if (from < 17n) {
        expectRefused(() => [...store.changes(from)], 'POSITION_FORGOTTEN');
        expectRefused(() => store.contentHash({ at: from }), 'POSITION_FORGOTTEN');
        continue;
      }
      // The last one has a hash.
      const to = from < 39n ? 39n : from;
      expect(Array.from(store.changes(from, to), plainBatch)).to.deep.equal(modelChanges(whole, from, to));
      expect(hex(store.contentHash({ at: from }).hash)).to.equal(modelHash(whole, from));
    }
    store.close();
  });

  it('with another store finds what differs among many equal rows, long values too (format 2)', () => {
    const random = new Random(605);
    const row = (index: number): [string, Buffer] => [
      `row:${String(index).padStart(6, '0')}`,
      Buffer.alloc(index % 400 === 7 ? 70_000 : 60 + (index % 50), index),
    ];
    const stores = [1n, 2n].map((side) => {
      const store = newStore(undefined, 2);
      const batch = new WriteBatch(1n);
      for (let index = 0; index < 5000; index += 1) batch.put(1n, ...row(index));
      store.apply(batch);
      const changes = new WriteBatch(2n);
      for (let count = 0; count < 40; count += 1) {
        const [key, value] = row(random.below(5000));
        if (count % 2 === 0) changes.delete(1n, key);
        else changes.put(1n, key, Buffer.concat([value.subarray(1), Buffer.from([Number(side)])]));
      }
      store.apply(changes);
      return store;
    });
    const contents = stores.map(
      (store) => new Map([[1n, new Map(store.scan(1n, {}, 1e6).map((one) => [hex(one.key), plainRow(one)]))]]),
    );
    const found = Array.from(stores[0]!.diffWith(stores[1]!), plainDifference);
    const due = modelDiff(contents[0]!, contents[1]!);
    expect(due.length).to.be.above(50);
    expect(found.map(line).join() === due.map(line).join()).to.equal(true);
    for (const store of stores) store.close();
  });

  it('beside a writer stays at its positions', () => {
    for (const format of FORMATS) {
      const files = filesWith(batches.slice(0, 40), format);
      const reader = readStore(files);
      const found = reader.diff(11n);
      const seen = [found.next().value!];
      usingStore(files, {}, (writer) => {
        for (const batch of batches.slice(40)) {
          writer.apply(toWriteBatch(batch));
          writer.sync();
          const next = found.next();
          if (next.done !== true) seen.push(next.value);
        }
      });
      const all = [...seen, ...found].map(plainDifference);
      expect(all).to.deep.equal(modelDiff(contents[11]!, contents[40]!));
      reader.close();
    }
  });

  it('reads the leaves and internal pages of a table that has changed, and of an entry that has not no history (format 2)', () => {
    const files = new MemoryFiles();
    const value = Buffer.alloc(100, 1);
    const key = (index: number) => `row:${String(index).padStart(6, '0')}`;
    const batch = (position: bigint, table: bigint, keys: number[]) =>
      toWriteBatch({
        position,
        operations: keys.map((index) => ({
          kind: 'put' as const,
          table,
          key: utf8(key(index)),
          value: Buffer.from(`${position}${value.toString()}`),
        })),
      });
    const all = Array.from({ length: 3000 }, (_, index) => index);
    usingStore(files, { create: true, format: 2 }, (store) => {
      store.apply(batch(1n, 1n, all));
      store.apply(batch(2n, 2n, all));
      for (let position = 3n; position < 40n; position += 1n) store.apply(batch(position, 1n, [7, 8, 9]));
      store.sync();
    });
    const store = openMemory(files, { readOnly: true });
    const pagesOf = (work: () => unknown): number => {
      const pages = new Set<number>();
      files.onOperation = ({ kind, path, position, length }) => {
        if (kind !== 'read' || path !== STORE_PATH || position < 8192) return;
        for (let page = position; page < position + length; page += 4096) pages.add(page);
      };
      work();
      files.onOperation = () => {};
      return pages.size;
    };
    const fileLength = files.get(STORE_PATH).length / 4096;
    const changed = pagesOf(() => expect([...store.diff(2n)]).to.have.length(3));
    // Table 2 has not changed: of the file about half is looked at.
    expect(changed)
      .to.be.above(50)
      .and.below(fileLength * 0.75);
    store.close();
  });
});

describe('a leaf that a diff passes over (format 2)', () => {
  const WRONG_LENGTH = 12;
  const files = new MemoryFiles();
  const key = (index: number): string => `row:${String(index).padStart(6, '0')}`;
  usingStore(files, { create: true, format: 2 }, (store) => {
    const all = new WriteBatch(1n);
    for (let index = 0; index < 6000; index += 1) all.put(1n, key(index), Buffer.alloc(100, 1));
    store.apply(all);
    store.apply(new WriteBatch(2n).put(1n, key(5999), 'changed'));
    store.sync();
  });
  const sound = files.get(STORE_PATH);
  const leaves = Array.from({ length: 60 }, (_, index) => 20 + index).filter((page) => sound[page * 4096 + 5] === 0);

  const damaged = (change: (bytes: Buffer, page: number) => void): MemoryFiles => {
    const bytes = Buffer.from(sound);
    change(bytes, leaves[30]!);
    const copy = new MemoryFiles();
    copy.set(STORE_PATH, bytes);
    return copy;
  };

  const link = (bytes: Buffer, page: number): number => page * 4096 + bytes.readUInt16LE(page * 4096 + 32);

  const CASES: Readonly<Record<string, readonly [code: string, change: (bytes: Buffer, page: number) => void]>> = {
    'has a wrong checksum': ['PAGE_CORRUPTED', (bytes, page) => bytes.fill(2, page * 4096 + 3000, page * 4096 + 3002)],
    'is another page': [
      'PAGE_CORRUPTED',
      (bytes, page) => bytes.copy(bytes, page * 4096, leaves[3]! * 4096, leaves[3]! * 4096 + 4096),
    ],
    'leads elsewhere': [
      'TREE_CORRUPTED',
      (bytes, page) => {
        bytes.writeUInt32LE(page + 7, link(bytes, page));
        resealPage(bytes, page);
      },
    ],
    'is of another table': [
      'TREE_CORRUPTED',
      (bytes, page) => {
        bytes.writeUInt32LE(9, page * 4096 + 16);
        resealPage(bytes, page);
      },
    ],
    'has no link': [
      'PAGE_CORRUPTED',
      (bytes, page) => {
        bytes.writeUInt16LE(WRONG_LENGTH, page * 4096 + 34);
        resealPage(bytes, page);
      },
    ],
  };

  it('is one: nearly all are', () => {
    usingStore(
      damaged(() => undefined),
      { readOnly: true, cachePages: 32 },
      (store) => {
        expect(Array.from(store.diff(1n), ({ change }) => change)).to.deep.equal(['changed']);
      },
    );
  });

  for (const [what, [code, change]] of Object.entries(CASES)) {
    it(`is damage where it ${what}`, () => {
      usingStore(damaged(change), { readOnly: true, cachePages: 32 }, (store) => {
        expectRefused(() => [...store.diff(1n)], code as 'PAGE_CORRUPTED');
      });
    });
  }
});

/** What `--stat` shows, by counting again. */
function countsOf(rows: readonly PlainDifference[]): DiffCounts[] {
  return [...new Set(rows.map(({ table }) => table))].map((table) => {
    const count = (change: string): number => rows.filter((row) => row.table === table && row.change === change).length;
    return { table, added: count('added'), changed: count('changed'), removed: count('removed') };
  });
}

const statText = (counts: Iterable<DiffCounts | undefined>): string =>
  Array.from(counts, (row) => (row === undefined ? '' : DIFF_COUNTS_VIEW.json(row))).join('');

const plainRow = ({ value, createdAt }: Row): { value: string; createdAt: bigint } => ({
  value: hex(value),
  createdAt,
});

function line({ table, key, change, before, after }: PlainDifference): string {
  return `${table} ${key} ${change} ${before?.createdAt} ${before?.value} ${after?.createdAt} ${after?.value}`;
}
