/** Opening, closing, and what a store refuses in which state. */
import { expect } from 'chai';
import { WriteBatch } from '../../src/engine/index.js';
import { FORMATS } from '../support/any-format.js';
import { hex, U64_MAX, utf8 } from '../support/bytes.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore, openMemory, STORE_PATH } from '../support/memory-store.js';
import { expectRefused } from '../support/store-errors.js';

for (const format of FORMATS) {
  describe(`a store of format ${format} that is opened`, () => {
    it('is only made by the first sync, and not at all when it is closed before', () => {
      const files = new MemoryFiles();
      expectRefused(() => openMemory(files), 'STORE_NOT_FOUND');
      const store = newStore(files, format);
      store.apply(new WriteBatch(1n).put(1n, 'k', 'v'));
      expect(files.paths()).to.not.include(STORE_PATH);
      store.close();
      expect(files.paths()).to.deep.equal([]);
      const again = newStore(files, format);
      again.sync();
      expect(files.paths()).to.deep.equal([STORE_PATH, `${STORE_PATH}-lock`]);
      again.close();
      expect(files.paths()).to.deep.equal([STORE_PATH]);
    });

    it('refuses to write when it is open for reading, to do anything when it is closed', () => {
      const files = new MemoryFiles();
      expectRefused(() => openMemory(files, { create: true, readOnly: true, format }), 'INVALID_ARGUMENT');
      const made = newStore(files, format);
      made.sync();
      made.close();
      const store = openMemory(files, { readOnly: true });
      expectRefused(() => store.apply(new WriteBatch(1n)), 'READ_ONLY');
      expectRefused(() => store.sync(), 'READ_ONLY');
      store.close();
      for (const use of [
        () => store.get(1n, utf8('k')),
        () => store.apply(new WriteBatch(1n)),
        () => store.sync(),
        () => store.cursor(1n).next(),
      ]) {
        expectRefused(use, 'STORE_CLOSED');
      }
      store.close();
    });

    it('refuses a cache of fewer than 32 pages', () => {
      for (const cachePages of [0, 31, 32.5, -1, Number.NaN]) {
        expectRefused(() => openMemory(new MemoryFiles(), { create: true, cachePages, format }), 'INVALID_ARGUMENT');
      }
    });

    it('refuses a position that is not applied yet', () => {
      const store = newStore(new MemoryFiles(), format);
      store.apply(new WriteBatch(1n).put(1n, 'k', 'v'));
      for (const position of [2n, U64_MAX]) {
        expectRefused(() => store.getAt(1n, utf8('k'), position), 'POSITION_BEYOND_APPLIED');
        expectRefused(() => store.scanAt(1n, {}, 1, position), 'POSITION_BEYOND_APPLIED');
        expectRefused(() => store.cursor(1n, { at: position }), 'POSITION_BEYOND_APPLIED');
        expectRefused(() => store.getVersion(1n, utf8('k'), position), 'POSITION_BEYOND_APPLIED');
      }
      store.close();
    });

    it('gives values that belong to the caller', () => {
      const store = newStore(new MemoryFiles(), format);
      store.apply(new WriteBatch(1n).put(1n, 'k', 'value'));
      store.get(1n, utf8('k'))?.fill(0);
      for (const row of store.scan(1n, {}, 1)) [row.key, row.value].forEach((bytes) => bytes.fill(0));
      expect(hex(store.get(1n, utf8('k')) ?? utf8(''))).to.equal(hex(utf8('value')));
      store.close();
    });
  });
}
