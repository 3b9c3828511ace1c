/** Values read in the order of the file come in runs, each with the pages that were asked for. */
import { expect } from 'chai';
import { type BTreeStore, WriteBatch } from '../../src/engine/index.js';
import { PAGE_SIZE } from '../../src/engine/format/layout.js';
import { ExtentAhead } from '../../src/engine/pager/extent-ahead.js';
import { MemoryFiles } from '../support/memory-files.js';
import { openMemory, usingStore } from '../support/memory-store.js';
import { Random } from '../support/random.js';

const PAGES = 1000;

describe('values read ahead', () => {
  it('are the pages that were asked for, in whatever order (seed 1141)', () => {
    const random = new Random(1141);
    let runs = 0;
    const readRun = (first: number, count: number, into: Buffer): number => {
      runs += 1;
      expect(first + count).to.be.at.most(PAGES);
      for (let index = 0; index < count; index += 1) into.writeUInt32LE(first + index, index * PAGE_SIZE);
      return count * PAGE_SIZE;
    };
    const reader = { readRun, pageCount: PAGES, generation: 0 };
    const ahead = new ExtentAhead(reader);
    let ran = 0;
    /** Runs that were read in another generation. */
    let generation = 0;
    let first = 0;
    for (let round = 0; round < 2000; round += 1) {
      const count = random.between(1, 20);
      first = random.chance(0.95) ? first + random.between(0, 5) : random.between(0, PAGES);
      if (first + count > PAGES) first = 0;
      if (random.chance(0.01)) {
        reader.generation += 1;
        generation = runs;
      }
      if (ahead.holds(first, count)) {
        ran += 1;
        expect(runs).to.be.above(generation);
        for (let pageId = first; pageId < first + count; pageId += 1) {
          expect(ahead.page(pageId).bytes.readUInt32LE(0)).to.equal(pageId);
        }
      }
      first += count;
    }
    expect(ran).to.be.above(1000);
    expect(runs).to.be.below(ran / 2);
  });

  it('are those of the position at which a reader has begun, while a writer goes on', () => {
    const files = new MemoryFiles();
    const value = (key: number, position: number) => `${key}@${position} `.repeat(800);
    const load = (store: BTreeStore, position: number): void => {
      const batch = new WriteBatch(BigInt(position));
      for (let key = 100; key < 200; key += 1) batch.put(1n, `${key}`, value(key, position));
      store.apply(batch);
      store.sync();
    };
    usingStore(files, { create: true, format: 2, cachePages: 32 }, (writer) => {
      load(writer, 1);
      const reader = openMemory(files, { readOnly: true, cachePages: 32 });
      let position = 2;
      const cursor = reader.cursor(1n);
      for (let key = 100; cursor.next(); key += 1) {
        if (key % 9 === 0) load(writer, position++);
        expect(Buffer.from(cursor.value()).toString()).to.equal(value(key, 1));
        const copy = cursor.value();
        expect(Buffer.from(reader.get(1n, '150') ?? []).toString()).to.equal(value(150, 1));
        expect(Buffer.from(copy).toString()).to.equal(value(key, 1));
      }
      expect(position).to.equal(13);
      reader.close();
    });
  });
});
