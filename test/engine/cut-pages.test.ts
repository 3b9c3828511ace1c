/** A store gives free pages at its end back to the file system, and nothing else. */
import { expect } from 'chai';
import { PAGE_SIZE } from '../../src/engine/format/layout.js';
import type { Pager } from '../../src/engine/pager/pager.js';
import { CHANGING, injectFault, type MemoryFiles } from '../support/memory-files.js';
import { STORE_PATH } from '../support/memory-store.js';
import { type Contents, expectFile } from '../support/page-history.js';
import {
  changePage,
  commitTo,
  makeExtent,
  makePage,
  openPages,
  readStore,
  storeOfPages,
  workAndCommit,
} from '../support/pages.js';
import { RecordedFiles } from '../support/recorded-files.js';
import { expectRefused } from '../support/store-errors.js';

const pagesOf = (first: number, end: number): number[] =>
  Array.from({ length: end - first }, (_, index) => first + index);

/** Page n holds n, but for what is said. */
const contentsOf = (pageIds: readonly number[], others: Readonly<Record<number, number>> = {}): Contents =>
  new Map([
    ...pageIds.map((pageId): [number, number] => [pageId, pageId]),
    ...Object.entries(others).map(([pageId, content]): [number, number] => [Number(pageId), content]),
  ]);

const pagesIn = (files: MemoryFiles): number => files.get(STORE_PATH).length / PAGE_SIZE;

const ALL = pagesOf(2, 302);

function changeAndFree(pager: Pager): void {
  changePage(pager, 7, 70);
  pager.free(pagesOf(20, 302));
}

describe('a store whose last pages are free', () => {
  it('becomes shorter when they are 256 or more, counting those that were free before', () => {
    const files = storeOfPages(300);
    commitTo(files, 2, (pager) => {
      pager.free(pagesOf(50, 302).filter((pageId) => pageId % 2 === 0));
    });
    expectFile(files.get(STORE_PATH), contentsOf(ALL.filter((pageId) => pageId < 50 || pageId % 2 === 1)));
    expect(pagesIn(files)).to.equal(302);
    commitTo(files, 3, (pager) => {
      pager.free(pagesOf(40, 302).filter((pageId) => pageId < 50 || pageId % 2 === 1));
    });
    expectFile(files.get(STORE_PATH), contentsOf(pagesOf(2, 40)));
    expect(pagesIn(files)).to.equal(40);
  });

  it('stays as long when they are fewer, or a page after them is in use', () => {
    const files = storeOfPages(300);
    commitTo(files, 2, (pager) => {
      pager.free(pagesOf(47, 302));
    });
    expectFile(files.get(STORE_PATH), contentsOf(pagesOf(2, 47)));
    expect(pagesIn(files)).to.equal(302);
    const others = storeOfPages(300);
    commitTo(others, 2, (pager) => {
      pager.free(pagesOf(3, 302));
      expect(makePage(pager, 5)).to.equal(302);
    });
    expectFile(others.get(STORE_PATH), contentsOf([2], { 302: 5 }));
    expect(pagesIn(others)).to.equal(303);
  });

  it('does not keep what one commit made and freed', () => {
    const files = storeOfPages(10);
    commitTo(files, 2, (pager) => {
      const first = makeExtent(pager, 400, 1000);
      const made = pagesOf(0, 60).map(() => makePage(pager, 5));
      pager.free(pagesOf(first, first + 400));
      pager.free(made);
    });
    expectFile(files.get(STORE_PATH), contentsOf(pagesOf(2, 12)));
    expect(pagesIn(files)).to.equal(12);
  });

  it('is whole after a crash at any moment of the commit that cuts it', () => {
    const before = storeOfPages(300);
    const files = new RecordedFiles(before);
    const { pager } = openPages(files);
    workAndCommit(pager, 2, () => {
      changeAndFree(pager);
    });
    pager.close();
    const old = contentsOf(ALL);
    const cut = contentsOf(pagesOf(2, 20), { 7: 70 });
    const lengths = new Set<number>();
    for (let count = 0; count <= files.events.length; count += 1) {
      for (const survival of ['all', 'nothing', { seed: count }] as const) {
        const image = files.crashed(count, survival);
        const { position, page7 } = readStore(image);
        expect(page7).to.equal(position === 1 ? 7 : 70);
        openPages(image).pager.close();
        expectFile(image.get(STORE_PATH), position === 1 ? old : cut);
        lengths.add(pagesIn(image));
      }
    }
    expect([...lengths]).to.deep.equal([302, 20]);
  });

  it('is as of the commit when the cut fails, and cut by the next writer', () => {
    const files = storeOfPages(300);
    const { pager } = openPages(files);
    const tally = injectFault(files, { kinds: ['truncate'], nth: 1 });
    const refusal = expectRefused(() => {
      workAndCommit(pager, 2, () => {
        changeAndFree(pager);
      });
    }, 'IO_ERROR');
    expect([tally.failed, refusal.facts['outcome']]).to.deep.equal([1, 'committed']);
    files.onOperation = ({ kind }) => {
      if (CHANGING.includes(kind)) throw new Error('a store that failed changes something');
    };
    pager.close();
    files.onOperation = () => {};
    expect(pagesIn(files)).to.equal(302);
    expect(readStore(files)).to.deep.equal({ position: 2, notes: [], page7: 70 });
    openPages(files).pager.close();
    expectFile(files.get(STORE_PATH), contentsOf(pagesOf(2, 20), { 7: 70 }));
  });
});
