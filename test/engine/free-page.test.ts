/** A page that is looked at by itself is said to be free where the free map has it, wherever the map is. */
import { expect } from 'chai';
import { inspectPage } from '../../src/engine/index.js';
import { everything, everythingWithCatalogue } from '../support/format2-stores.js';
import { decodeFormat2 } from '../support/format2-decode.js';
import { writeFormat2 } from '../support/format2-writer.js';
import { healthyStore } from '../support/damage.js';
import { memoryWith, STORE_PATH } from '../support/memory-store.js';

const freePages = (bytes: Buffer): number[] =>
  Array.from({ length: bytes.length / 4096 - 2 }, (_, index) => index + 2).filter(
    (page) => inspectPage(STORE_PATH, BigInt(page), { files: memoryWith(bytes) }).isFree,
  );

describe('a page of the free map', () => {
  for (const [name, spec] of Object.entries({ everything, everythingWithCatalogue })) {
    it(`is said to be free, and no other (${name})`, () => {
      const bytes = writeFormat2(spec);
      const { freePages: free } = decodeFormat2(bytes);
      expect(freePages(bytes)).to.deep.equal([...free].sort((a, b) => a - b));
      expect(freePages(bytes)).to.not.deep.equal([]);
    });
  }

  it('is none where there is no map, or it cannot be read', () => {
    expect(freePages(healthyStore())).to.deep.equal([]);
    expect(freePages(writeFormat2(everything).fill(0, 0, 8192))).to.deep.equal([]);
  });
});
