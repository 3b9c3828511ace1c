/** Pages read in the order of the file come in runs, and each is the page that was asked for. */
import { expect } from 'chai';
import { PAGE_SIZE } from '../../src/engine/format/layout.js';
import { ReadAhead } from '../../src/engine/pager/read-ahead.js';
import { Random } from '../support/random.js';

const PAGES = 2000;

/** Pages whose first bytes say their id. */
class NumberedPages {
  readonly ahead = new ReadAhead();
  reads = 0;
  longest = 0;

  readonly #readRun = (first: number, count: number, into: Buffer): number => {
    this.reads += 1;
    this.longest = Math.max(this.longest, count);
    for (let index = 0; index < count; index += 1) into.writeUInt32LE(first + index, index * PAGE_SIZE);
    return count * PAGE_SIZE;
  };

  /** Asks for a page as a cache does that has none, and counts a read of its own as well. */
  fetch(pageId: number): void {
    const page = Buffer.alloc(PAGE_SIZE);
    if (this.ahead.read(pageId, PAGES, page, this.#readRun)) expect(page.readUInt32LE(0)).to.equal(pageId);
    else this.reads += 1;
  }
}

describe('pages read ahead', () => {
  it('come in runs of up to 64 pages, past the parents of leaves', () => {
    const pages = new NumberedPages();
    for (let pageId = 2; pageId < PAGES; pageId += 1) {
      if (pageId % 100 === 0) pages.fetch(PAGES - pageId / 100);
      pages.fetch(pageId);
    }
    expect(pages.longest).to.equal(64);
    expect(pages.reads).to.be.below(70);
  });

  it('are not read where two in a row are elsewhere, nor for what is read at random', () => {
    const pages = new NumberedPages();
    for (const pageId of [10, 11, 12, 13, 14, 500, 600]) pages.fetch(pageId);
    expect(pages.ahead.isInOrder).to.equal(false);
    const before = pages.reads;
    const apart = Array.from({ length: 100 }, (_, index) => (index * 997) % PAGES);
    for (const pageId of apart) pages.fetch(pageId);
    expect(pages.reads - before).to.equal(apart.length);
  });

  it('are those that were asked for, in whatever order (seed 1103)', () => {
    const random = new Random(1103);
    const pages = new NumberedPages();
    let pageId = 1;
    for (let count = 0; count < 20_000; count += 1) {
      const isNear = random.chance(0.9);
      pageId = isNear ? (pageId + random.between(1, 5)) % PAGES : random.between(1, PAGES - 1);
      if (random.chance(0.01)) pages.ahead.clear();
      pages.fetch(pageId);
    }
  });
});
