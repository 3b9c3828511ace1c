/** A store that is overwritten in place is told from one that a writer has gone on with. */
import { expect } from 'chai';
import { crc32 } from '../../src/engine/bytes/crc32.js';
import { CRC_OFFSET } from '../../src/engine/format/layout.js';
import { StoreError, type StoreErrorCode, WriteBatch } from '../../src/engine/index.js';
import { copyOf } from '../support/crashed-store.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore, STORE_PATH } from '../support/memory-store.js';
import { withPages, pageOf, openReader, threeCommits } from '../support/pages.js';

describe('a store that is overwritten in place while it is read', () => {
  const [first, second, third] = threeCommits() as [MemoryFiles, MemoryFiles, MemoryFiles];

  function overwrittenBy(files: MemoryFiles, bytes: Buffer): StoreErrorCode | 'read' {
    const copy = copyOf(files);
    const pages = openReader(copy);
    copy.overwrite(STORE_PATH, bytes);
    try {
      pages.retryOnChange(() => pages.fetch(7));
      return 'read';
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return error.code;
    } finally {
      pages.close();
    }
  }

  function changed(files: MemoryFiles, change: (superblock: Buffer) => void): Buffer {
    const page = pageOf(files, 0);
    change(page);
    page.writeUInt32LE(crc32(page.subarray(0, CRC_OFFSET)), CRC_OFFSET);
    return withPages(files, { 0: page, 1: page }).get(STORE_PATH);
  }

  it('is told from a store that a writer has gone on with', () => {
    expect(overwrittenBy(first, second.get(STORE_PATH))).to.equal('read');
    expect(overwrittenBy(first, third.get(STORE_PATH))).to.equal('read');
    expect(overwrittenBy(third, second.get(STORE_PATH)), 'an older position').to.equal('STORE_REPLACED');
    const otherId = changed(third, (page) => page.writeBigUInt64LE(1n, 88));
    expect(overwrittenBy(second, otherId), 'another store').to.equal('STORE_REPLACED');
    const noLater = changed(third, (page) => page.writeBigUInt64LE(2n, 64));
    expect(overwrittenBy(second, noLater), 'no later commit').to.equal('STORE_REPLACED');
    const earlier = changed(second, (page) => page.writeBigUInt64LE(1n, 64));
    expect(overwrittenBy(second, earlier), 'an earlier commit of the position').to.equal('STORE_REPLACED');
    const format1 = new MemoryFiles();
    const store = newStore(format1);
    for (let position = 1n; position <= 9n; position += 1n) store.apply(new WriteBatch(position).put(1n, 'k', 'v'));
    store.sync();
    store.close();
    expect(overwrittenBy(second, format1.get(STORE_PATH)), 'another format').to.equal('STORE_REPLACED');
  });
});
