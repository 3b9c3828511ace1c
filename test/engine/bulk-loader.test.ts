/** Trees that are built from the bottom up: full pages, every key found, stamps as they should be. */
import { expect } from 'chai';
import { type BTreeStore, compact, verify, WriteBatch } from '../../src/engine/index.js';
import { PAGE_CAPACITY } from '../../src/engine/format/layout.js';
import { Page } from '../../src/engine/format/page.js';
import { stampOf } from '../../src/engine/format/v2/pages.js';
import { type FormatNumber, FORMATS, structureProblems } from '../support/any-format.js';
import { MemoryFiles } from '../support/memory-files.js';
import { STORE_PATH, usingStore } from '../support/memory-store.js';

const PAGE_BYTES = 4096;

/** A store whose batch number n puts what `put` says, and its compacted copy. */
function compacted(format: FormatNumber, batches: number, put: (batch: WriteBatch, nth: number) => void): MemoryFiles {
  const files = new MemoryFiles();
  usingStore(files, { create: true, cachePages: 4096, format }, (store: BTreeStore) => {
    store.applyAll(
      Array.from({ length: batches }, (_, index) => {
        const batch = new WriteBatch(BigInt(index + 1), Buffer.alloc(32, 1));
        put(batch, index + 1);
        return batch;
      }),
    );
    store.sync();
  });
  compact(STORE_PATH, { files });
  expect(verify(STORE_PATH, { files, strict: true }).findings).to.deep.equal([]);
  expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
  return files;
}

function pagesOf(files: MemoryFiles, type: number): Page[] {
  const bytes = files.get(STORE_PATH);
  const pages: Page[] = [];
  for (let offset = PAGE_BYTES; offset < bytes.length; offset += PAGE_BYTES) {
    const page = new Page(Buffer.from(bytes.subarray(offset, offset + PAGE_BYTES)));
    if (page.bytes.toString('latin1', 0, 4) !== 'VDPG' || page.type !== type) continue;
    page.measure();
    pages.push(page);
  }
  return pages;
}

/** How full pages are, on average, without the last one. */
function fillOf(pages: readonly Page[]): number {
  const used = pages.slice(0, -1).map(({ freeBytes }) => (PAGE_CAPACITY - freeBytes) / PAGE_CAPACITY);
  return used.reduce((sum, share) => sum + share, 0) / used.length;
}

for (const format of FORMATS) {
  describe(`a tree of format ${format} that is built from the bottom up`, () => {
    it('has full leaves and full pages above them, and every key is found', () => {
      const keyOf = (nth: number): string => `key/${((nth * 7919) % 20_000).toString().padStart(10, '0')}`;
      const files = compacted(format, 20_000, (batch, nth) => batch.put(1n, keyOf(nth), `value ${nth}`));
      expect(fillOf(pagesOf(files, 0))).to.be.greaterThan(0.985);
      // The root, and the last page below it, have what is left.
      const [fullest] = pagesOf(files, 1).sort((a, b) => a.freeBytes - b.freeBytes);
      expect(fullest?.freeBytes).to.be.lessThan(48);
      usingStore(files, { readOnly: true }, (store) => {
        for (let nth = 1; nth <= 20_000; nth += 37) {
          expect(Buffer.from(store.get(1n, keyOf(nth)) ?? '').toString()).to.equal(`value ${nth}`);
        }
      });
    });

    for (const count of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30, 100]) {
      it(`has pages with two children or more, of ${count} keys of 1,024 bytes`, () => {
        const keyOf = (nth: number): string => `${'x'.repeat(1020)}${nth.toString().padStart(4, '0')}`;
        const files = compacted(format, count, (batch, nth) => batch.put(1n, keyOf(nth), 'v'.repeat(900)));
        for (const page of pagesOf(files, 1)) expect(page.itemCount).to.be.greaterThan(1);
        usingStore(files, { readOnly: true }, (store) => {
          expect(store.scan(1n, {}, 1000).length).to.equal(count);
          for (let nth = 1; nth <= count; nth += 1) expect(store.get(1n, keyOf(nth))?.length).to.equal(900);
        });
      });
    }
  });
}

describe('a history that is built from the bottom up', () => {
  it('has full pages, and every version is found', () => {
    const versions = 6000;
    const files = compacted(2, versions, (batch, nth) => {
      batch.put(1n, `hot-${nth % 7}`, `${nth}/`.padEnd(90 + (nth % 40), 'v'));
    });
    expect(fillOf(pagesOf(files, 4))).to.be.greaterThan(0.96);
    usingStore(files, { readOnly: true }, (store) => {
      for (let nth = 1; nth <= versions; nth += 11) {
        const value = store.getAt(1n, `hot-${nth % 7}`, BigInt(nth));
        expect(Buffer.from(value ?? '').toString()).to.match(new RegExp(`^${nth}/`));
      }
    });
  });

  it('stamps a leaf with the largest position on it, and a page above with the largest of its children', () => {
    const files = compacted(2, 5000, (batch, nth) => {
      batch.put(1n, `key/${((nth * 7919) % 5000).toString().padStart(10, '0')}`, 'v'.repeat(40));
    });
    const bytes = files.get(STORE_PATH);
    const stampAt = (pageId: number): bigint =>
      stampOf(new Page(Buffer.from(bytes.subarray(pageId * PAGE_BYTES, (pageId + 1) * PAGE_BYTES)))).toBigInt();
    const leaves = pagesOf(files, 0).map((page) => stampOf(page).toBigInt());
    expect(new Set(leaves).size).to.be.greaterThan(1);
    const above = pagesOf(files, 1).map((page) => stampOf(page).toBigInt());
    const root = usingStore(files, { readOnly: true }, (store) => Number(store.tables()[0]?.root));
    expect(stampAt(root)).to.equal(5000n);
    expect(above).to.include(5000n);
    expect(leaves.filter((stamp) => stamp < 5000n).length).to.equal(leaves.length - 1);
  });
});
