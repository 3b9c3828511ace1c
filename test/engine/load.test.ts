/** A load in key order: what it writes, what memory it takes, and that its file is the same whatever happens to it. */
import { expect } from 'chai';
import { Replayer } from '../../src/engine/index.js';
import { structureProblems, withoutFreePages } from '../support/any-format.js';
import { utf8 } from '../support/bytes.js';
import { formatLine } from '../support/log-lines.js';
import { MemoryFiles } from '../support/memory-files.js';
import { openMemory, STORE_PATH } from '../support/memory-store.js';

const BATCHES = 300;
const OPERATIONS = 60;
const VALUE = 'v'.repeat(100);
/** A group has several megabytes, so that what has come in key order is applied before the group is full. */
const GROUP_BYTES = 1_500_000;

/** Keys in order, or each run of a few batches before the one that came first. */
function linesOf(isAscending: boolean): Buffer[] {
  return Array.from({ length: BATCHES }, (_, batch) => {
    const operations = Array.from({ length: OPERATIONS }, (_put, index) => {
      const row = batch * OPERATIONS + index;
      const key = isAscending ? row : (row * 7919) % (BATCHES * OPERATIONS);
      return { kind: 'put' as const, table: 1n, key: utf8(`key-${`${key}`.padStart(12, '0')}`), value: utf8(VALUE) };
    });
    return utf8(formatLine({ position: BigInt(batch + 1), operations }));
  });
}

/** Replays as a process does that is killed after some of the lines. */
function replay(files: MemoryFiles, lines: readonly Buffer[], cachePages: number, killedAfter = Infinity): void {
  const store = openMemory(files, { create: true, cachePages, format: 2 });
  const replayer = new Replayer(store, { groupBytes: GROUP_BYTES, partBytes: 1_200_000 });
  for (const line of lines.slice(0, killedAfter)) replayer.push(line);
  if (killedAfter === Infinity) replayer.finish();
  store.close();
}

function fileOf(lines: readonly Buffer[], cachePages: number, killedAfter?: number): Buffer {
  const files = new MemoryFiles();
  if (killedAfter !== undefined) replay(files, lines, cachePages, killedAfter);
  replay(files, lines, cachePages);
  const file = files.get(STORE_PATH);
  expect(structureProblems(file)).to.deep.equal([]);
  return withoutFreePages(file);
}

for (const isAscending of [true, false]) {
  describe(`a load ${isAscending ? 'in key order' : 'in another order'}`, () => {
    const lines = linesOf(isAscending);
    let expected: Buffer;
    before(() => (expected = fileOf(lines, 64)));

    it('makes the same file under every cache', () => {
      for (const cachePages of [32, 16_384]) expect(fileOf(lines, cachePages).equals(expected)).to.equal(true);
    });

    it('makes the same file when it was interrupted', () => {
      for (const killedAfter of [150, 280]) {
        expect(fileOf(lines, 64, killedAfter).equals(expected), `${killedAfter}`).to.equal(true);
      }
    });
  });
}

describe('a page that a load has filled', () => {
  it('is written at once, and its memory taken for the next page', () => {
    const files = new MemoryFiles();
    const store = openMemory(files, { create: true, cachePages: 16_384, format: 2 });
    const replayer = new Replayer(store, { groupBytes: 2 ** 30 });
    const lines = linesOf(true);
    for (const line of lines) replayer.push(line);
    // Nothing was committed: what is in the file by now did not wait in the cache.
    const [unpublished] = files.pathsBeginningWith(STORE_PATH).filter((path) => path !== `${STORE_PATH}-lock`);
    const written = files.get(unpublished as string).length;
    expect(written).to.be.above(1_000_000);
    replayer.finish();
    store.close();
    expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
  });
});
