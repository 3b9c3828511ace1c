/** Replaying a log: in groups, from where the store is, and only the log that was applied. */
import { expect } from 'chai';
import { type BTreeStore, Replayer, StoreError } from '../../src/engine/index.js';
import { type FormatNumber, FORMATS, structureProblems } from '../support/any-format.js';
import { utf8 } from '../support/bytes.js';
import { HistoryMaker } from '../support/histories.js';
import { formatLine } from '../support/log-lines.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore, openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { expectSame } from '../support/model-check.js';
import { Random } from '../support/random.js';
import { expectRefused } from '../support/store-errors.js';

interface Run {
  readonly from?: number;
  readonly count?: number;
  readonly to?: bigint;
  readonly groupBytes?: number;
  readonly partBytes?: number;
}

/** A log, and what it leads to. */
class Log {
  readonly #maker: HistoryMaker;
  readonly lines: readonly Buffer[];

  constructor(readonly format: FormatNumber) {
    this.#maker = new HistoryMaker(new Random(81), { format, purges: true });
    this.lines = Array.from({ length: 120 }, () => utf8(formatLine(this.#maker.next())));
  }

  newStore(files = new MemoryFiles()): BTreeStore {
    return newStore(files, this.format);
  }

  /** Opens the store, replays some lines, closes. */
  replay(files: MemoryFiles, { from = 0, count = this.lines.length, ...options }: Run = {}): Replayer['summary'] {
    return usingStore(files, { create: true, cachePages: 32, format: this.format }, (store) => {
      const replayer = new Replayer(store, options);
      for (const line of this.lines.slice(from, from + count)) if (!replayer.push(line)) break;
      replayer.finish();
      return { ...replayer.summary };
    });
  }

  expectWhole(files: MemoryFiles): void {
    usingStore(files, { readOnly: true }, (store) => {
      expectSame(store, this.#maker.model);
    });
    expect(structureProblems(files.get(STORE_PATH), { allowLeaks: this.format === 1 })).to.deep.equal([]);
  }
}

for (const format of FORMATS) {
  describe(`the replayer of a store of format ${format}`, () => {
    const log = new Log(format);
    const { lines } = log;

    for (const groupBytes of [1, 2_000, 100_000_000]) {
      it(`applies a whole log in groups of ${groupBytes} bytes`, () => {
        const files = new MemoryFiles();
        const operations = lines.reduce((sum, line) => sum + (line.toString().match(/"op":/g)?.length ?? 0), 0);
        expect(log.replay(files, { groupBytes })).to.deep.include({
          applied: 120,
          skipped: 0,
          operations,
          fromPosition: 0n,
          toPosition: 120n,
        });
        log.expectWhole(files);
      });
    }

    for (const partBytes of [1, 700, 5_000]) {
      it(`sorts a group in parts of ${partBytes} bytes, and leaves nothing but the store`, () => {
        const files = new MemoryFiles();
        expect(log.replay(files, { partBytes })).to.deep.include({ applied: 120, toPosition: 120n });
        log.expectWhole(files);
        expect(files.paths()).to.deep.equal([STORE_PATH]);
      });
    }

    /**
     * A batch that purges ends the group before it, and the memory of that group was given free while the batch was
     * in it: the batches after it were written over it.
     */
    it('keeps the operations of a batch that purges, whatever comes behind it', () => {
      const put = (table: number, key: string, value: string): string =>
        JSON.stringify({ op: 'put', table, key, value: value.repeat(500) });
      const batches = [
        put(1, 'a', 'v'),
        `{"op":"purge","table":2},${put(1, 'b', 'w')}`,
        put(1, 'c', 'x'),
        put(1, 'd', 'y'),
      ];
      usingStore(new MemoryFiles(), { create: true, cachePages: 32, format }, (store) => {
        const replayer = new Replayer(store);
        for (const [index, ops] of batches.entries()) replayer.push(utf8(`{"position":${index + 1},"ops":[${ops}]}`));
        replayer.finish();
        const rows = store.scan(1n, {}, 10).map(({ key, value }) => Buffer.concat([key, value]).toString());
        expect(rows).to.deep.equal(['v', 'w', 'x', 'y'].map((value, index) => `${'abcd'[index]}${value.repeat(500)}`));
      });
    });

    it('skips what is applied, and goes on wherever it was left', () => {
      const files = new MemoryFiles();
      for (const count of [1, 7, 50, 51, 119]) log.replay(files, { count });
      expect(log.replay(files)).to.deep.include({ applied: 1, skipped: 119, fromPosition: 119n, toPosition: 120n });
      expect(log.replay(files)).to.deep.include({ applied: 0, skipped: 120, fromPosition: 120n, toPosition: 120n });
      log.expectWhole(files);
    });

    it('needs no lines that are applied already', () => {
      const files = new MemoryFiles();
      log.replay(files, { count: 60 });
      log.replay(files, { from: 60 });
      log.expectWhole(files);
    });

    it('stops at the position that it is given', () => {
      const files = new MemoryFiles();
      expect(log.replay(files, { to: 30n })).to.deep.include({ applied: 30, toPosition: 30n });
      expect(log.replay(files, { to: 10n })).to.deep.include({ applied: 0, toPosition: 30n });
      log.replay(files);
      log.expectWhole(files);
    });

    it('keeps the batches before a line that it refuses, and says which line it was', () => {
      const files = new MemoryFiles();
      const store = log.newStore(files);
      const replayer = new Replayer(store);
      for (const line of lines.slice(0, 5)) replayer.push(line);
      replayer.push(utf8(''));
      const refusal = expectRefused(() => {
        replayer.push(utf8('{"position":6,"ops":[{}]}'));
        replayer.finish();
      }, 'INVALID_LOG_LINE');
      expect(refusal.facts['line']).to.equal(7);
      store.close();
      usingStore(files, { readOnly: true }, (reopened) => expect(reopened.appliedPosition).to.equal(5n));
    });

    it('lets go of a file for a part of a group whose name stays, and the next writer removes it', () => {
      const files = new MemoryFiles();
      log.replay(files, { count: 10 });
      const isSortFile = (path: string): boolean => path.includes('-sort-');
      usingStore(files, { cachePages: 32 }, (store) => {
        const before = files.openHandles;
        const replayer = new Replayer(store, { partBytes: 1 });
        files.onOperation = ({ kind, path }) => {
          if (kind === 'unlink' && isSortFile(path)) throw new StoreError('IO_ERROR', 'unlink failed', { path });
        };
        expectRefused(() => {
          for (const line of lines) replayer.push(line);
        }, 'IO_ERROR');
        files.onOperation = () => {};
        expect(files.openHandles).to.equal(before);
      });
      expect(files.paths().filter(isSortFile)).to.have.lengthOf(1);
      log.replay(files);
      expect(files.paths()).to.deep.equal([STORE_PATH]);
      log.expectWhole(files);
    });

    it('loses no batch when there is no room for a part of a group', () => {
      const files = new MemoryFiles();
      const store = log.newStore(files);
      const replayer = new Replayer(store, { partBytes: 2_000 });
      let refused = 0;
      files.onOperation = ({ kind, path }) => {
        if (kind === 'write' && path.includes('-sort-')) throw new StoreError('IO_ERROR', 'no space left');
      };
      for (const line of lines) {
        try {
          replayer.push(line);
        } catch (error) {
          expect((error as StoreError).code).to.equal('IO_ERROR');
          refused++;
          break;
        }
      }
      expect(refused).to.equal(1);
      files.onOperation = () => {};
      replayer.finish();
      const { appliedPosition } = store;
      expect(appliedPosition > 0n).to.equal(true);
      store.close();
      expect(log.replay(files)).to.deep.include({ fromPosition: appliedPosition, toPosition: 120n });
      log.expectWhole(files);
    });

    it('refuses a log with a gap', () => {
      const files = new MemoryFiles();
      log.replay(files, { count: 10 });
      expectRefused(() => log.replay(files, { from: 11 }), 'LOG_GAP');
      expectRefused(() => log.replay(new MemoryFiles(), { from: 1 }), 'LOG_GAP');
    });

    it('refuses positions that do not rise by one within the log', () => {
      for (const order of [
        [0, 2],
        [0, 1, 1],
        [0, 1, 0],
        [3, 2],
      ]) {
        const store = log.newStore();
        const replayer = new Replayer(store);
        expectRefused(
          () => {
            for (const index of order) replayer.push(lines[index] ?? utf8(''));
            replayer.finish();
          },
          'LOG_GAP',
          'NON_SEQUENTIAL_BATCH',
        );
        store.close();
      }
    });

    it('refuses another log than the one that was applied, from the first line on', () => {
      const files = new MemoryFiles();
      log.replay(files, { count: 50 });
      const before = files.get(STORE_PATH);
      const store = openMemory(files);
      const replayer = new Replayer(store);
      expectRefused(() => {
        for (const [index, line] of lines.entries())
          replayer.push(index === 20 ? utf8('{"position":21,"ops":[]}') : line);
        replayer.finish();
      }, 'LOG_MISMATCH');
      store.close();
      expect(files.get(STORE_PATH).equals(before)).to.equal(true);
    });
  });
}

describe('the replayer of a store whose limits a log can meet', () => {
  const log = new Log(1);
  const { lines } = log;

  for (const partBytes of [1, 2_000, undefined]) {
    it(`keeps the batches before one that a rule refuses, in the middle of a group in parts of ${partBytes ?? 'all'} bytes`, () => {
      const files = new MemoryFiles();
      const store = log.newStore(files);
      const replayer = new Replayer(store, { partBytes });
      const refusal = expectRefused(() => {
        for (const line of lines.slice(0, 5)) replayer.push(line);
        replayer.push(utf8(`{"position":6,"ops":[{"op":"put","table":1,"key":"k","value":"${'v'.repeat(300_000)}"}]}`));
        for (const line of lines.slice(6, 9)) replayer.push(line);
        replayer.finish();
      }, 'ENTRY_TOO_LARGE');
      expect(refusal.facts).to.deep.include({ line: 6, position: 6n });
      store.close();
      // The whole log is compared with the hash at position 5 on the way.
      expect(log.replay(files)).to.deep.include({ skipped: 5, fromPosition: 5n, toPosition: 120n });
      log.expectWhole(files);
    });

    it(`finds the first batch with a table too many in parts of ${partBytes ?? 'all'} bytes`, () => {
      const files = new MemoryFiles();
      const store = log.newStore(files);
      const replayer = new Replayer(store, { partBytes });
      // Table ids fall: in the order of the tables the last batch comes first.
      const refusal = expectRefused(() => {
        for (let position = 1; position <= 210; position++) {
          const key = position % 2 === 0 ? 'a' : 'b';
          const put = `{"op":"put","table":${1000 - position},"key":"${key}","value":"v"}`;
          replayer.push(utf8(`{"position":${position},"ops":[${put},{"op":"delete","table":7,"key":"x"}]}`));
        }
        replayer.finish();
      }, 'TOO_MANY_TABLES');
      expect(refusal.facts).to.deep.include({ line: 202, position: 202n, table: 798n, appliedPosition: 201n });
      expect(store.tables()).to.have.lengthOf(201);
      store.close();
    });
  }
});
