/** Readers beside a writer that frees pages, takes them again and cuts the file: nothing of another commit is read. */
import { expect } from 'chai';
import { U64 } from '../../src/engine/bytes/u64.js';
import { nextLeaf } from '../../src/engine/format/items.js';
import { PAGE_SIZE } from '../../src/engine/format/layout.js';
import type { SnapshotPager } from '../../src/engine/pager/snapshot-pager.js';
import { clearFaults, type MemoryFiles } from '../support/memory-files.js';
import { STORE_PATH } from '../support/memory-store.js';
import {
  changePage,
  commitTo,
  contentOf,
  makeExtent,
  makePage,
  openPages,
  openReader,
  readDirectly,
  readPage,
  storeOfPages,
  workAndCommit,
} from '../support/pages.js';
import { expectRefused } from '../support/store-errors.js';

/** Does some work just before a reader reads a page, once. */
function beforeRead(files: MemoryFiles, pageId: number, work: () => void): void {
  files.onOperation = ({ kind, path, position, length }) => {
    const isRead = position <= pageId * PAGE_SIZE && pageId * PAGE_SIZE < position + length;
    if (kind !== 'read' || path !== STORE_PATH || !isRead) return;
    clearFaults(files);
    work();
  };
}

/** What is read, with the position of the commit that it is of. */
function readAs(pages: SnapshotPager, read: () => number): [number, number] {
  return pages.retryOnChange(() => {
    const content = read();
    return [Number(pages.superblock.appliedPosition), content];
  });
}

describe('a reader beside a writer that takes pages again', () => {
  /** Frees page 7, and takes it for something else, without committing that. */
  function reuse(files: MemoryFiles): void {
    commitTo(files, 2, (pager) => {
      pager.free([7]);
      changePage(pager, 8, 80);
    });
    const { pager } = openPages(files);
    pager.beginSavepoint(U64.from(3n));
    expect(makeExtent(pager, 1, 900)).to.equal(7);
    pager.releaseSavepoint();
    // Read back from the file, so that it is there.
    expect(readDirectly(pager, 7)).to.equal(900);
  }

  const READS = {
    fetch: (pages: SnapshotPager) => (): number => nextLeaf(pages.fetch(7)),
    readDirect: (pages: SnapshotPager) => (): number => readDirectly(pages, 7),
  };

  for (const [name, read] of Object.entries(READS)) {
    it(`that is stopped between its page and its look at page 0 sees that it came too late (${name})`, () => {
      const files = storeOfPages(10);
      const pages = openReader(files);
      expect(readAs(pages, () => nextLeaf(pages.fetch(8)))).to.deep.equal([1, 8]);
      beforeRead(files, 7, () => {
        reuse(files);
      });
      // At position 2 page 7 means nothing; nobody would ask for it.
      expect(readAs(pages, read(pages))).to.deep.equal([2, 900]);
      expect(readAs(pages, () => nextLeaf(pages.fetch(8)))).to.deep.equal([2, 80]);
      pages.close();
    });

    it(`reads its own commit's page while that is only freed (${name})`, () => {
      const files = storeOfPages(10);
      const pages = openReader(files);
      const { pager } = openPages(files);
      pager.beginSavepoint(U64.from(2n));
      pager.free([7]);
      pager.releaseSavepoint();
      expect(readAs(pages, read(pages))).to.deep.equal([1, 7]);
      pager.close();
      pages.close();
    });
  }

  it('whose page is cut off meanwhile does not take that for damage', () => {
    for (const direct of [true, false]) {
      const files = storeOfPages(300);
      const pages = openReader(files);
      let commits = 0;
      beforeRead(files, 290, () => {
        commitTo(files, 2, (pager) => {
          pager.free(Array.from({ length: 290 }, (_, index) => index + 12));
        });
        commits += 1;
      });
      const positions: bigint[] = [];
      const read = (): void => {
        pages.retryOnChange(() => {
          positions.push(pages.superblock.appliedPosition);
          if (direct) readDirectly(pages, 290);
          else pages.fetch(290);
        });
      };
      // At position 2 there is no such page any more, and to ask for it is to be sent there by damage.
      expectRefused(read, 'PAGE_CORRUPTED');
      expect(positions).to.deep.equal([1n, 2n]);
      expect(commits).to.equal(1);
      expect(pages.pageCount).to.equal(12);
      pages.close();
    }
  });
});

describe('the pages of an extent', () => {
  it('are read by their writer before they are committed, and by others afterwards', () => {
    const files = storeOfPages(10);
    const { pager } = openPages(files);
    workAndCommit(pager, 2, () => {
      const first = makeExtent(pager, 130, 1000);
      const chunk = Buffer.alloc(64 * PAGE_SIZE);
      pager.readDirect(first + 30, 64, chunk);
      for (let index = 0; index < 64; index += 1) {
        expect(contentOf(chunk.subarray(index * PAGE_SIZE))).to.equal(1030 + index);
      }
    });
    const pages = openReader(files);
    expect(readAs(pages, () => readDirectly(pages, 12 + 129))).to.deep.equal([2, 1129]);
    expect(readPage(pager, 7)).to.equal(7);
    pages.close();
    pager.close();
    expectRefused(() => readDirectly(pages, 12), 'STORE_CLOSED');
    expectRefused(() => readDirectly(pager, 12), 'STORE_CLOSED');
  });

  it('are given back when the savepoint is rolled back, and taken for the next one', () => {
    const files = storeOfPages(10);
    commitTo(files, 2, (pager) => {
      pager.free([4, 5, 6]);
    });
    commitTo(files, 3, (pager) => {
      pager.rollBack();
      for (const keep of [false, true]) {
        pager.beginSavepoint(U64.from(3n));
        expect(makeExtent(pager, 3, 500)).to.equal(4);
        expect(makeExtent(pager, 3, 600)).to.equal(12);
        expect(makePage(pager, 700)).to.equal(15);
        if (!keep) pager.rollBack();
      }
    });
    expect(files.get(STORE_PATH).length).to.equal(16 * PAGE_SIZE);
  });
});

describe('a page that is free', () => {
  it('is not read, nor freed again, by a writer whom a damaged tree leads to it', () => {
    const files = storeOfPages(10);
    commitTo(files, 2, (pager) => {
      pager.free([7]);
      expect(
        expectRefused(() => {
          pager.free([7]);
        }, 'TREE_CORRUPTED').facts,
      ).to.deep.equal({ page: 7, fault: 'free-reached' });
    });
    commitTo(files, 3, (pager) => {
      expectRefused(() => pager.fetch(7), 'TREE_CORRUPTED');
      expectRefused(() => {
        pager.free([7]);
      }, 'TREE_CORRUPTED');
    });
  });

  it('is found again in a map that the catalogue has', () => {
    const files = storeOfPages(10);
    const { pager } = openPages(files);
    pager.useFreeGroups([{ group: 0, bits: Buffer.of(0b1010_0000) }]);
    workAndCommit(pager, 2, () => {
      expect([makePage(pager, 1), makePage(pager, 2), makePage(pager, 3)]).to.deep.equal([5, 7, 12]);
      expect(pager.changedFreeGroups()).to.deep.equal([{ group: 0, bits: Buffer.alloc(0) }]);
      expect(pager.freeGroups()).to.deep.equal([]);
    });
    pager.close();
  });
});
