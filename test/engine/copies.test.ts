/** Upgraded, compacted and compacted back: the same rows and versions at every position. */
import { expect } from 'chai';
import { compact, upgrade } from '../../src/engine/index.js';
import { FORMATS } from '../support/any-format.js';
import { expectCopyOf, randomStore } from '../support/copies.js';
import { STORE_PATH } from '../support/memory-store.js';

describe('a copy of a store', () => {
  for (const format of FORMATS) {
    for (const seed of [1, 2, 3, 4]) {
      it(`has what a random history of format ${format} has (seed ${seed})`, () => {
        const { files, model } = randomStore(seed, format, 250, { purges: seed % 2 === 0 });
        const summary = compact(STORE_PATH, { files, cachePages: 32 });
        expect(summary).to.include({ fromFormat: format, toFormat: format, keysDropped: 0 });
        expectCopyOf(files, model, seed);
        upgrade(STORE_PATH, { files, cachePages: 32 });
        expectCopyOf(files, model, seed);
      });
    }
  }
});
