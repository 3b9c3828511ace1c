/** The free map gives what a list of free pages gives that is looked through from its beginning. */
import { expect } from 'chai';
import { PAGES_PER_GROUP, type FreeGroup } from '../../src/engine/format/superblock.js';
import { FreeMap } from '../../src/engine/pager/free-map.js';
import { CUT_PAGES, FreePageAllocator } from '../../src/engine/pager/free-page-allocator.js';
import { Random } from '../support/random.js';

/** A list, looked through page by page. */
class NaiveFreeMap {
  readonly pages = new Set<number>();

  takeRun(length: number): number | undefined {
    for (const first of [...this.pages].sort((a, b) => a - b)) {
      const run = Array.from({ length }, (_, index) => first + index);
      if (!run.every((pageId) => this.pages.has(pageId))) continue;
      for (const pageId of run) this.pages.delete(pageId);
      return first;
    }
    return undefined;
  }
}

/** The groups of some pages, bit by bit. */
function groupsOf(pages: Iterable<number>): FreeGroup[] {
  const groups = new Map<number, Buffer>();
  for (const pageId of pages) {
    const group = Math.floor(pageId / PAGES_PER_GROUP);
    const bits = groups.get(group) ?? Buffer.alloc(PAGES_PER_GROUP / 8);
    const bit = pageId % PAGES_PER_GROUP;
    bits.writeUInt8(bits.readUInt8(bit >> 3) | (1 << (bit & 7)), bit >> 3);
    groups.set(group, bits);
  }
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([group, bits]) => ({ group, bits: bits.subarray(0, bits.findLastIndex((byte) => byte !== 0) + 1) }));
}

/** Pages near the borders of bytes and groups, alone and in runs. */
function* somePages(random: Random): Generator<number> {
  const first =
    random.pick([0, 2, 3, PAGES_PER_GROUP, 3 * PAGES_PER_GROUP]) + random.pick([0, -1, -9, 7, random.below(300)]);
  const length = random.pick([1, 1, 2, 7, 8, 9, 40, 200]);
  for (let pageId = Math.max(2, first); pageId < first + length; pageId += 1) yield pageId;
}

describe('the free map', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    it(`takes the lowest page and the lowest run that is long enough (seed ${seed})`, () => {
      const random = new Random(seed);
      const map = new FreeMap();
      const naive = new NaiveFreeMap();
      for (let step = 0; step < 400; step += 1) {
        if (random.chance(0.3)) {
          const pages = [...somePages(random)];
          map.add(pages);
          for (const pageId of pages) naive.pages.add(pageId);
        } else {
          const length = random.pick([1, 1, 1, 2, 3, 5, 9, 31, 32, 33, 100]);
          expect(map.takeRun(length), `step ${step}: a run of ${length}`).to.equal(naive.takeRun(length));
        }
        expect(map.count).to.equal(naive.pages.size);
      }
      expect([...map.pageIds()]).to.deep.equal([...naive.pages].sort((a, b) => a - b));
    });
  }

  it('is read from the groups of a superblock', () => {
    const random = new Random(99);
    for (let round = 0; round < 30; round += 1) {
      const pages = new Set([...somePages(random), ...somePages(random), ...somePages(random)]);
      const map = FreeMap.from(groupsOf(pages));
      expect([...map.pageIds()]).to.deep.equal([...pages].sort((a, b) => a - b));
    }
  });
});

/** What an allocator should say, as sets. */
class AllocatorModel {
  pageCount: number;
  committedPages: number;
  reusable = new Set<number>();
  taken = new Set<number>();
  freed = new Set<number>();

  constructor(pageCount: number) {
    this.pageCount = pageCount;
    this.committedPages = pageCount;
  }

  copy(): AllocatorModel {
    const copy = new AllocatorModel(this.pageCount);
    copy.committedPages = this.committedPages;
    copy.reusable = new Set(this.reusable);
    copy.taken = new Set(this.taken);
    copy.freed = new Set(this.freed);
    return copy;
  }

  allocateRun(length: number): number {
    const naive = new NaiveFreeMap();
    for (const pageId of this.reusable) naive.pages.add(pageId);
    const first = naive.takeRun(length);
    if (first === undefined) {
      this.pageCount += length;
      return this.pageCount - length;
    }
    for (let pageId = first; pageId < first + length; pageId += 1) {
      this.reusable.delete(pageId);
      this.taken.add(pageId);
    }
    return first;
  }

  /** Free pages after the next commit, and the page count then. */
  next(): { free: Set<number>; pageCount: number } {
    const free = new Set([...this.reusable, ...this.freed]);
    let pageCount = this.pageCount;
    while (free.has(pageCount - 1)) pageCount -= 1;
    if (this.pageCount - pageCount < CUT_PAGES) return { free, pageCount: this.pageCount };
    return { free: new Set([...free].filter((pageId) => pageId < pageCount)), pageCount };
  }

  commit(): void {
    const { free, pageCount } = this.next();
    this.reusable = free;
    this.taken.clear();
    this.freed.clear();
    this.pageCount = pageCount;
    this.committedPages = pageCount;
  }
}

function expectSame(allocator: FreePageAllocator, model: AllocatorModel): void {
  const { free, pageCount } = model.next();
  expect(allocator.pageCount).to.equal(model.pageCount);
  expect(allocator.committedPages).to.equal(model.committedPages);
  expect(allocator.nextPageCount).to.equal(pageCount);
  expect(allocator.freePages).to.equal(free.size);
  expect(allocator.freeGroups()).to.deep.equal(groupsOf(free));
  expect([...allocator.freedPages()]).to.deep.equal([...model.freed].sort((a, b) => a - b));
  for (let pageId = 2; pageId < model.pageCount; pageId += 1) {
    const isNew = pageId >= model.committedPages || model.taken.has(pageId);
    if (allocator.isNew(pageId) !== isNew) throw new Error(`page ${pageId} is ${isNew ? '' : 'not '}new`);
    if (allocator.isFree(pageId) !== model.reusable.has(pageId)) throw new Error(`page ${pageId} is free, or not`);
  }
}

describe('the allocator of free pages', () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    it(`is what its model is, over savepoints and commits (seed ${seed})`, () => {
      const random = new Random(seed);
      const allocator = new FreePageAllocator(2);
      let model = new AllocatorModel(2);
      // What changedFreeGroups told, over the last commit's: a catalogue that is written with it.
      const stored = new Map<number, string>();
      const inUse = new Set<number>();
      for (let round = 0; round < 40; round += 1) {
        const before = model.copy();
        const usedBefore = new Set(inUse);
        const made: number[] = [];
        allocator.beginSavepoint();
        for (let step = random.below(25); step > 0; step -= 1) {
          const kind = random.pick(['one', 'one', 'run', 'appended', 'free', 'free', 'many']);
          if (kind === 'one' || kind === 'run') {
            const length = kind === 'one' ? 1 : random.between(2, 90);
            const first = kind === 'one' ? allocator.allocate() : allocator.allocateRun(length);
            expect(first).to.equal(model.allocateRun(length));
            for (let pageId = first; pageId < first + length; pageId += 1) {
              made.push(pageId);
              inUse.add(pageId);
            }
          } else if (kind === 'appended') {
            expect(allocator.allocateAppended()).to.equal(model.pageCount);
            made.push(model.pageCount);
            inUse.add(model.pageCount++);
          } else {
            for (const pageId of [...inUse].slice(0, kind === 'free' ? 3 : 300)) {
              expect(allocator.free(pageId)).to.equal(true);
              expect(allocator.free(pageId)).to.equal(false);
              model.freed.add(pageId);
              inUse.delete(pageId);
            }
          }
        }
        for (const pageId of made) expect(allocator.isNewInSavepoint(pageId)).to.equal(true);
        if (random.chance(0.4)) {
          expect([...allocator.rollBack()].sort((a, b) => a - b)).to.deep.equal(made.sort((a, b) => a - b));
          model = before;
          inUse.clear();
          for (const pageId of usedBefore) inUse.add(pageId);
        } else {
          allocator.releaseSavepoint();
        }
        for (const pageId of made) {
          if (pageId < model.pageCount) expect(allocator.isNewInSavepoint(pageId)).to.equal(false);
        }
        expectSame(allocator, model);
        if (random.chance(0.5)) continue;
        for (const { group, bits } of allocator.changedFreeGroups()) stored.set(group, bits.toString('hex'));
        allocator.setCommitted();
        model.commit();
        expectSame(allocator, model);
        const expected = allocator.freeGroups().map(({ group, bits }) => [group, bits.toString('hex')]);
        expect([...stored].filter(([, bits]) => bits !== '').sort(([a], [b]) => a - b)).to.deep.equal(expected);
      }
    });
  }
});
