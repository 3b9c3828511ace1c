/** One log makes one file of format 2, byte for byte, whatever else happens to the store that takes it. */
import { expect } from 'chai';
import { type BTreeStore, Replayer, WriteBatch } from '../../src/engine/index.js';
import { structureProblems, withoutFreePages } from '../support/any-format.js';
import { utf8 } from '../support/bytes.js';
import { toWriteBatch, waysToReadAll } from '../support/engine-rows.js';
import { HistoryMaker } from '../support/histories.js';
import { formatLine } from '../support/log-lines.js';
import { range, refuse } from '../support/many-tables.js';
import { MemoryFiles } from '../support/memory-files.js';
import { openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import type { Batch, Operation } from '../support/model.js';
import { Random } from '../support/random.js';

const BATCHES_PER_SYNC = 10;
const FEW = [1n, 2n, 3n];

/** Small and long values, deletions and purges, over few tables or over more than a superblock has room for. */
function logOf(seed: number, tables: readonly bigint[]): Batch[] {
  const random = new Random(seed);
  const maker = new HistoryMaker(random, { format: 2, tables, purges: true, operationsMax: 30 });
  return Array.from({ length: 120 }, (): Batch => {
    const { position, operations } = maker.propose();
    const batch = { position, operations: [...operations, ...longPuts(random, tables)] };
    if (random.chance(0.1)) batch.operations.splice(1, 0, { kind: 'purge', table: random.pick(tables) });
    expect(maker.model.apply(batch)).to.equal(undefined);
    return batch;
  });
}

function longPuts(random: Random, tables: readonly bigint[]): Operation[] {
  return Array.from({ length: random.below(3) }, () => {
    const key = utf8(`long-${random.below(20)}`);
    return { kind: 'put', table: random.pick(tables), key, value: random.bytes(random.between(1900, 20_000)) };
  });
}

interface Run {
  readonly cachePages?: number;
  /** Called before each batch. */
  readonly disturb?: (store: BTreeStore, index: number) => void;
  readonly reopens?: boolean;
}

/** The file that a log makes, but for what free pages hold. */
function fileOf(log: readonly Batch[], { cachePages = 64, disturb, reopens = false }: Run = {}): Buffer {
  const files = new MemoryFiles();
  let store = openMemory(files, { create: true, cachePages, format: 2 });
  for (const [index, batch] of log.entries()) {
    disturb?.(store, index);
    store.apply(toWriteBatch(batch));
    if ((index + 1) % BATCHES_PER_SYNC !== 0) continue;
    store.sync();
    if (!reopens) continue;
    store.close();
    store = openMemory(files, { cachePages });
  }
  store.close();
  const file = files.get(STORE_PATH);
  expect(structureProblems(file)).to.deep.equal([]);
  return withoutFreePages(file);
}

/** The file of a log that is replayed. */
function replayOf(lines: readonly Buffer[], cachePages: number, partBytes?: number): Buffer {
  const files = new MemoryFiles();
  usingStore(files, { create: true, cachePages, format: 2 }, (store) => {
    const replayer = new Replayer(store, { groupBytes: 200_000, partBytes });
    for (const line of lines) replayer.push(line);
    replayer.finish();
  });
  expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
  return withoutFreePages(files.get(STORE_PATH));
}

for (const { name, tables } of [
  { name: 'few tables', tables: FEW },
  { name: 'many tables', tables: range(0, 80) },
]) {
  describe(`the file of a log of ${name}`, () => {
    const log = logOf(71, tables);
    let expected: Buffer;
    before(() => (expected = fileOf(log)));

    for (const cachePages of [32, 256, 16_384]) {
      it(`is the same under a cache of ${cachePages} pages`, () => {
        expect(fileOf(log, { cachePages }).equals(expected)).to.equal(true);
      });
    }

    it('is the same whether the store is opened anew after each commit or not', () => {
      expect(fileOf(log, { reopens: true }).equals(expected)).to.equal(true);
    });

    it('is the same whether other batches were refused before each of its own or not', () => {
      const others = logOf(72, tables);
      for (const cachePages of [32, 16_384]) {
        const disturb = (store: BTreeStore, index: number): void => {
          const refused = new WriteBatch(store.appliedPosition + 1n);
          for (const operation of others[index]!.operations) refused.push(operation);
          refuse(store, refused);
        };
        expect(fileOf(log, { cachePages, disturb }).equals(expected)).to.equal(true);
      }
    });

    it('is the same whether everything was read before each batch or not', () => {
      const disturb = (store: BTreeStore, index: number): void => {
        for (const readAll of index % 9 === 0 ? Object.values(waysToReadAll) : []) readAll(store, undefined);
        if (store.appliedPosition > 0n) store.history(1n, 'long-3');
      };
      expect(fileOf(log, { cachePages: 32, disturb }).equals(expected)).to.equal(true);
    });

    // How much of a group is sorted at once may change where things are: it says what is applied together.
    for (const partBytes of [undefined, 3000, 50_000]) {
      it(`is the same under every cache when it is replayed in parts of ${partBytes ?? 'all'} bytes`, () => {
        const lines = log.map((batch) => utf8(formatLine(batch)));
        expect(replayOf(lines, 32, partBytes).equals(replayOf(lines, 16_384, partBytes))).to.equal(true);
      });
    }
  });
}
