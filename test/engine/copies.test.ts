/** Upgraded, compacted and compacted back: the same rows and versions at every position, and nothing wrong with it. */
import { expect } from 'chai';
import { compact, upgrade, WriteBatch } from '../../src/engine/index.js';
import { EventBuilder } from '../../src/engine/build/event-builder.js';
import { IntervalBuilder } from '../../src/engine/build/interval-builder.js';
import type { KeyEvent, KeySink } from '../../src/engine/build/key-sink.js';
import { FORMATS } from '../support/any-format.js';
import { hex, utf8 } from '../support/bytes.js';
import { COPY_PATH, expectCopyOf, expectSound, randomStore } from '../support/copies.js';
import { atOption, cursorRows, waysToReadAll } from '../support/engine-rows.js';
import { goldenStores } from '../support/golden.js';
import { newStore2, putInto, range } from '../support/many-tables.js';
import { MemoryFiles } from '../support/memory-files.js';
import { memoryWith, STORE_PATH, usingStore } from '../support/memory-store.js';
import { Random } from '../support/random.js';
import { expectRefused } from '../support/store-errors.js';

const BATCHES = 110;

/** All rows of all tables, at a position. */
const rowsAt = (files: MemoryFiles, at: bigint | undefined): string =>
  usingStore(files, { readOnly: true }, (store) =>
    store
      .tables()
      .flatMap(({ id }) =>
        cursorRows(store, id, atOption(at)).map((row) => `${id} ${row.key} ${row.value} ${row.createdAt}`),
      )
      .join('\n'),
  );

describe('a copy of a store', () => {
  for (const format of FORMATS) {
    for (const seed of [1, 2]) {
      it(`has what a random history of format ${format} has (seed ${seed})`, () => {
        const { files, model } = randomStore(seed, format, BATCHES, { purges: seed % 2 === 0 });
        const summary = compact(STORE_PATH, { files, cachePages: 32 });
        expect(summary).to.include({ fromFormat: format, toFormat: format, keysDropped: 0 });
        expect(summary.versionsAfter).to.equal(summary.versionsBefore);
        expectCopyOf(files, model, seed);
      });
    }
  }

  for (const seed of [11, 12]) {
    it(`of format 1 can be upgraded, and made one of format 1 again (seed ${seed})`, () => {
      const { files, model } = randomStore(seed, 1, BATCHES);
      const before = upgrade(STORE_PATH, { files });
      expect(before).to.include({ fromFormat: 1, toFormat: 2 });
      expectCopyOf(files, model, seed);
      compact(STORE_PATH, { files, format: 1 });
      expectCopyOf(files, model, seed);
    });
  }

  it('is the same, byte for byte, whichever layout it was made of', () => {
    const { files } = randomStore(21, 1, BATCHES);
    compact(STORE_PATH, { files, output: COPY_PATH });
    compact(COPY_PATH, { files, output: '/memory/again.kmb' });
    expect(files.get('/memory/again.kmb').equals(files.get(COPY_PATH))).to.equal(true);
    const dry = compact(STORE_PATH, { files, dryRun: true });
    expect(dry.pagesAfter * 4096).to.equal(files.get(COPY_PATH).length);
  });

  it('can be written to', () => {
    const { files, model } = randomStore(22, 2, BATCHES);
    compact(STORE_PATH, { files });
    usingStore(files, {}, (store) => {
      const batch = {
        position: store.appliedPosition + 1n,
        operations: [{ kind: 'put', table: 1n, key: utf8('hot-0-0'), value: utf8('new') }],
      } as const;
      expect(model.apply(batch)).to.equal(undefined);
      store.apply(new WriteBatch(batch.position).put(1n, 'hot-0-0', 'new'));
      store.sync();
    });
    expectCopyOf(files, model);
  });

  it('says that an upgraded store has nothing to be upgraded, and leaves it alone', () => {
    const { files } = randomStore(23, 2, 20);
    const before = files.get(STORE_PATH);
    const { fromFormat, pagesBefore, pagesAfter } = upgrade(STORE_PATH, { files });
    expect([fromFormat, pagesBefore]).to.deep.equal([2, pagesAfter]);
    expect(files.get(STORE_PATH).equals(before)).to.equal(true);
  });

  it('has the tables of a catalogue, and of a store without any', () => {
    const files = new MemoryFiles();
    const store = newStore2(files);
    putInto(store, range(1, 301));
    store.sync();
    store.close();
    const before = rowsAt(files, undefined);
    compact(STORE_PATH, { files });
    expectSound(files);
    expect(rowsAt(files, undefined)).to.equal(before);
    for (const format of FORMATS) {
      const empty = new MemoryFiles();
      usingStore(empty, { create: true, format }, (store) => {
        store.sync();
      });
      for (const target of FORMATS) compact(STORE_PATH, { files: empty, format: target });
      expectSound(empty);
    }
  });

  for (const { name, bytes, rowsAt: due } of goldenStores()) {
    it(`of the crate's store ${name} has its rows`, () => {
      const files = memoryWith(bytes);
      const hash = usingStore(files, { readOnly: true }, (store) => hex(store.appliedHash));
      for (const copy of [upgrade, (path: string, options: object) => compact(path, { ...options, format: 1 })]) {
        copy(STORE_PATH, { files });
        expectSound(files);
        usingStore(files, { readOnly: true }, (store) => {
          expect(hex(store.appliedHash)).to.equal(hash);
          for (const [position, rows] of due) {
            const at = position === store.appliedPosition ? undefined : position;
            expect(waysToReadAll['cursor']?.(store, at)).to.deep.equal(rows);
          }
        });
      }
    });
  }
});

describe('a compaction that keeps what a position needs', () => {
  for (const format of FORMATS) {
    for (const seed of [31, 32, 33]) {
      it(`answers from that position on as before, in format ${format} (seed ${seed})`, () => {
        const { files, model } = randomStore(seed, format, BATCHES);
        const random = new Random(seed);
        const keepFrom = BigInt(random.between(1, BATCHES));
        const positions = [
          keepFrom,
          BigInt(BATCHES),
          ...Array.from({ length: 10 }, () => BigInt(random.between(Number(keepFrom), BATCHES))),
        ];
        const before = positions.map((at) => rowsAt(files, at));
        const summary = compact(STORE_PATH, { files, keepFrom, format: 2 });
        expect(summary.oldest).to.equal(keepFrom);
        expectSound(files);
        expect(positions.map((at) => rowsAt(files, at))).to.deep.equal(before);
        usingStore(files, { readOnly: true }, (store) => {
          expect(hex(store.appliedHash)).to.equal(hex(model.appliedHash));
          for (const { id } of store.tables()) {
            const { facts } = expectRefused(() => store.getAt(id, 'any', keepFrom - 1n), 'POSITION_FORGOTTEN');
            expect(facts).to.include({ table: id, oldest: keepFrom });
          }
        });
      });
    }
  }

  it('drops a key that nothing is left of, and keeps one that was put before', () => {
    const files = new MemoryFiles();
    usingStore(files, { create: true, format: 2 }, (store) => {
      store.apply(new WriteBatch(1n).put(1n, 'gone', 'v').put(1n, 'kept', 'old').put(1n, 'late', 'v'));
      store.apply(new WriteBatch(2n).delete(1n, 'gone').put(1n, 'kept', 'new'));
      store.apply(new WriteBatch(3n).delete(1n, 'late'));
      store.sync();
    });
    const summary = compact(STORE_PATH, { files, keepFrom: 2n });
    expect(summary).to.include({ versionsBefore: 4, versionsAfter: 2, keysDropped: 1, oldest: 2n });
    usingStore(files, { readOnly: true }, (store) => {
      expect(store.history(1n, 'gone')).to.deep.equal([]);
      expect(store.history(1n, 'kept').map(({ createdAt }) => createdAt)).to.deep.equal([2n]);
      expect(store.history(1n, 'late').map(({ deletedAt }) => deletedAt)).to.deep.equal([3n]);
    });
  });

  it('is refused above the applied position, and where the copy could not say it', () => {
    const { files } = randomStore(34, 1, 10);
    expectRefused(() => compact(STORE_PATH, { files, keepFrom: 11n, format: 2 }), 'POSITION_BEYOND_APPLIED');
    expectRefused(() => compact(STORE_PATH, { files, keepFrom: 5n }), 'FORMAT_MISMATCH');
    compact(STORE_PATH, { files, keepFrom: 5n, format: 2 });
    expectRefused(() => compact(STORE_PATH, { files, format: 1 }), 'POSITION_FORGOTTEN');
  });
});

describe('what format 1 has no room for', () => {
  const refused = (batch: WriteBatch): ReturnType<typeof expectRefused> => {
    const files = new MemoryFiles();
    usingStore(files, { create: true, format: 2 }, (store) => {
      store.apply(batch);
      store.sync();
    });
    const before = files.get(STORE_PATH);
    const error = expectRefused(() => compact(STORE_PATH, { files, format: 1 }), 'ENTRY_TOO_LARGE', 'TOO_MANY_TABLES');
    expect(files.paths()).to.deep.equal([STORE_PATH]);
    expect(files.get(STORE_PATH).equals(before)).to.equal(true);
    return error;
  };

  it('is refused by its name, and nothing is changed', () => {
    const { facts } = refused(new WriteBatch(1n).put(1n, 'a', 'v').put(7n, 'long', Buffer.alloc(5000)));
    expect(facts).to.include({ table: 7n, keyHex: hex(utf8('long')), versions: 1 });
    const batch = new WriteBatch(1n);
    for (let table = 1n; table <= 202n; table += 1n) batch.put(table, 'k', 'v');
    expect(refused(batch).facts).to.include({ table: 202n, limit: 201 });
  });
});

describe('a copy that is not what it was made of', () => {
  const faults: Readonly<Record<string, (event: KeyEvent) => boolean>> = {
    'lacks a version': (event) => !event.isNewest && !event.isDeletion,
    'lacks a deletion': (event) => !event.isNewest && event.isDeletion,
  };
  for (const format of FORMATS) {
    for (const [name, mayBeLost] of Object.entries(faults)) {
      it(`because it ${name} is found, and discarded (format ${format})`, () => {
        const { files } = randomStore(41, format, 60);
        const before = files.get(STORE_PATH);
        const builder: KeySink = (format === 1 ? IntervalBuilder : EventBuilder).prototype;
        // Called with its own `this` below.
        // eslint-disable-next-line @typescript-eslint/unbound-method
        const { event: original } = builder;
        let left = 1;
        builder.event = function (this: KeySink, event) {
          if (mayBeLost(event) && left-- > 0) return;
          original.call(this, event);
        };
        try {
          expectRefused(() => compact(STORE_PATH, { files }), 'COPY_DIFFERS');
        } finally {
          builder.event = original;
        }
        expect(left).to.be.lessThan(1);
        expect(files.paths()).to.deep.equal([STORE_PATH]);
        expect(files.get(STORE_PATH).equals(before)).to.equal(true);
      });
    }
  }
});
