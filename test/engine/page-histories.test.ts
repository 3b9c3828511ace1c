/** Pages that are made, changed, freed and taken again, rolled back and spilled: what the file says is what it has. */
import { expect } from 'chai';
import { U64 } from '../../src/engine/bytes/u64.js';
import type { FreeGroup } from '../../src/engine/format/superblock.js';
import { FreePageAllocator } from '../../src/engine/pager/free-page-allocator.js';
import { runSteps } from '../../src/engine/steps.js';
import { MemoryFiles } from '../support/memory-files.js';
import { STORE_PATH } from '../support/memory-store.js';
import { PageHistory, expectFile, CommittedPagesGuard } from '../support/page-history.js';
import { newPages, commitPages, makePage, makeExtent } from '../support/pages.js';
import { Random } from '../support/random.js';

/** Changes and commits. */
function run(seed: number, cachePages: number, rounds: number, guard: CommittedPagesGuard): void {
  const files = new MemoryFiles();
  const history = new PageHistory(files, new Random(seed), cachePages);
  files.onOperation = guard.onOperation;
  for (let round = 0; round < rounds; round += 1) {
    history.change();
    if (history.random.chance(0.15) && round > 0) history.reopen();
    else history.commit();
    if (history.random.chance(0.1)) history.reopen();
    if (!history.isAtRest) continue;
    expectFile(files.get(STORE_PATH), history.committed);
    guard.protect(history.committed);
  }
  history.pager.close();
  expectFile(files.get(STORE_PATH), history.committed);
  expect(files.paths()).to.deep.equal([STORE_PATH]);
  expect(files.openHandles).to.equal(0);
}

describe('the pages of a store that frees pages', () => {
  for (const cachePages of [32, 1000]) {
    for (let seed = 1; seed <= 12; seed += 1) {
      it(`are those that were committed, and are added up rightly (${cachePages} in the cache, seed ${seed})`, () => {
        const guard = new CommittedPagesGuard();
        run(seed, cachePages, 40, guard);
        expect(guard.overwritten).to.deep.equal([]);
      });
    }
  }

  it('are the same, byte for byte, with any cache', () => {
    const bytesWith = (cachePages: number): Buffer => {
      const files = new MemoryFiles();
      const history = new PageHistory(files, new Random(5), cachePages);
      for (let round = 0; round < 12; round += 1) {
        history.change();
        history.commit();
      }
      history.pager.close();
      return withoutFree(files.get(STORE_PATH), history);
    };
    expect(bytesWith(32).equals(bytesWith(1000))).to.equal(true);
  });
});

/** What is in free pages means nothing: it is what was there when they were freed, or what a rollback left. */
function withoutFree(file: Buffer, { committed }: PageHistory): Buffer {
  for (let pageId = 2; pageId < file.length / 4096; pageId += 1) {
    if (!committed.has(pageId)) file.fill(0, pageId * 4096, (pageId + 1) * 4096);
  }
  return file;
}

interface Originals {
  readonly free: (this: FreePageAllocator, pageId: number) => boolean;
  readonly releaseSavepoint: (this: FreePageAllocator) => void;
  readonly rollBack: (this: FreePageAllocator) => Generator<number>;
}

describe('the test of pages that are freed', () => {
  it('finds nothing where they are given away when that is committed', () => {
    expect(overwrittenByExtent()).to.deep.equal([]);
  });

  it('finds an allocator that gives freed pages away one commit too early', () => {
    const { free, releaseSavepoint, rollBack } = FreePageAllocator.prototype as unknown as Originals;
    const early = new Set<number>();
    FreePageAllocator.prototype.free = function freeEarly(this: FreePageAllocator, pageId: number) {
      if (this.isNew(pageId)) return free.call(this, pageId);
      early.add(pageId);
      return true;
    };
    FreePageAllocator.prototype.releaseSavepoint = function releaseEarly(this: FreePageAllocator) {
      releaseSavepoint.call(this);
      if (early.size === 0) return;
      const free = Array.from({ length: this.pageCount }, (_, pageId) => pageId).filter((pageId) =>
        this.isFree(pageId),
      );
      this.useFreeGroups([...free, ...early].map(groupOf));
      early.clear();
    };
    FreePageAllocator.prototype.rollBack = function rollBackEarly(this: FreePageAllocator) {
      early.clear();
      return rollBack.call(this);
    };
    try {
      for (let seed = 1; seed <= 8; seed += 1) {
        early.clear();
        // Sums and contents are wrong.
        expect(() => {
          run(seed, 32, 20, new CommittedPagesGuard());
        }, `seed ${seed}`).to.throw();
      }
      early.clear();
      expect(overwrittenByExtent()).to.deep.equal([3]);
    } finally {
      Object.assign(FreePageAllocator.prototype, { free, releaseSavepoint, rollBack });
    }
  });
});

/** Frees page 3, and makes an extent before that is committed; gives the committed pages that were written over. */
function overwrittenByExtent(): readonly number[] {
  const files = new MemoryFiles();
  const guard = new CommittedPagesGuard();
  files.onOperation = guard.onOperation;
  const pager = newPages(files);
  const change = (work: () => void): void => {
    pager.beginSavepoint(U64.from(1n));
    work();
    pager.releaseSavepoint();
  };
  change(() => [1, 2, 3].forEach((content) => makePage(pager, content)));
  runSteps(commitPages(pager, 1));
  guard.protect(new Map([2, 3, 4].map((pageId) => [pageId, pageId])));
  change(() => {
    pager.free([3]);
  });
  change(() => makeExtent(pager, 1, 9));
  runSteps(commitPages(pager, 2));
  pager.close();
  return guard.overwritten;
}

/** A page as a group of the free map by itself. */
function groupOf(pageId: number): FreeGroup {
  const bits = Buffer.alloc((pageId >> 3) + 1);
  bits.writeUInt8(1 << (pageId & 7), pageId >> 3);
  return { group: 0, bits };
}
