/** What looks at a large store take of memory; how long they take beside verify-pages is said by `npm run looks`. */
import { expect } from 'chai';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { BTreeStore, WriteBatch } from '../../src/engine/index.js';
import { utf8 } from '../support/bytes.js';
import { requireBuild } from './support/processes.js';
import { withTempFolder } from './support/temp-folder.js';
import { usageOf } from './support/usage.js';

const MEGABYTES = 200;
const MEMORY_MAX = 150;
const BATCHES = 10;
const ROWS = 4000;
const LONG_VALUES = 190;

/** Nearly all of its pages are those of long values: those are written ten times as fast as rows. */
function makeLargeStore(path: string): void {
  const store = BTreeStore.open(path, { create: true, format: 2 });
  const [row, long] = [Buffer.alloc(100, 'row '), Buffer.alloc(100_000, 'long value ')];
  for (let position = 1; position <= BATCHES; position++) {
    const batch = new WriteBatch(BigInt(position));
    for (let index = 0; index < ROWS; index++) batch.put(1n, utf8(`row:${position}:${index}`), row);
    for (let index = 0; index < LONG_VALUES; index++) batch.put(2n, utf8(`long:${position}:${index}`), long);
    store.apply(batch);
  }
  store.sync();
  store.close();
}

describe('a store of 200 MB to look at', function () {
  this.timeout(120_000);
  before(requireBuild);

  it(`takes at most ${MEMORY_MAX} MB`, () =>
    withTempFolder(async (cwd) => {
      const store = join(cwd, 'large.kmb');
      const report = join(cwd, 'report.html');
      makeLargeStore(store);
      expect(statSync(store).size / 1e6).to.be.within(MEGABYTES, 1.1 * MEGABYTES);
      for (const argv of [['map'], ['stat'], ['report', '--output', report]]) {
        const { megabytes } = await usageOf([...argv, store]);
        expect(megabytes, argv[0]).to.be.at.most(MEMORY_MAX);
      }
      expect(statSync(report).size).to.be.at.most(4e6);
    }));
});
