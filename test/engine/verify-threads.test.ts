/** A check with two threads finds what one thread finds, in the same order and with the same figures. */
import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { verify, type VerifyOptions, WriteBatch } from '../../src/engine/index.js';
import type * as Verify from '../../src/engine/verify/verify.js';
import type { BareFile, Second, SecondThread } from '../../src/engine/verify/threads/second-thread.js';
import { requireBuild } from '../commands/support/processes.js';
import { damagedByCode } from '../support/damaged-by-code.js';
import { damagedStores, goldenStores } from '../support/golden.js';
import { reseal } from '../support/format2/plant.js';
import { seal } from '../support/format2/encode.js';
import { PAGE_BYTES, pageOf } from '../support/format1-decode.js';
import { SOUND_STORES_2 } from '../support/format2-stores.js';
import { writeFormat2 } from '../support/format2-writer.js';
import type { MemoryFiles } from '../support/memory-files.js';
import { memoryWith, STORE_PATH, usingStore } from '../support/memory-store.js';
import { Random } from '../support/random.js';
import { secondInTurn, type Share } from '../support/second-in-turn.js';
import { withTempDir } from '../support/temp-dir.js';

const ROWS = 16_000;
const JOURNAL_PATH = `${STORE_PATH}-journal`;

const key = (index: number): string => `key-${String(index).padStart(9, '0')}`;

/** Three levels, some keys with several versions, some values in pages of their own, and free pages. */
function largeStore(): Buffer {
  const files = memoryWith(Buffer.alloc(0));
  files.unlink(STORE_PATH);
  usingStore(files, { create: true, format: 2, cachePages: 4096 }, (store) => {
    const rows = new WriteBatch(1n);
    for (let index = 0; index < ROWS; index += 1) rows.put(1n, key(index), `value ${index} `.repeat(4));
    rows.put(2n, 'purged', 'x'.repeat(50_000));
    store.apply(rows);
    const changes = new WriteBatch(2n);
    for (let index = 7000; index < 7400; index += 1) changes.put(1n, key(index), `other ${index}`);
    for (let index = 9000; index < 9003; index += 1) changes.put(1n, key(index), 'long'.repeat(3000));
    changes.delete(1n, key(15_000)).purge(2n);
    store.apply(changes);
    store.sync();
  });
  return files.get(STORE_PATH);
}

const share: Share = { units: 0, scans: 0 };

function expectSame(
  bytes: Buffer,
  name: string,
  options: VerifyOptions = {},
  journal?: Buffer,
  random?: Random,
): boolean {
  const files = memoryWith(bytes);
  let isOk = true;
  if (journal !== undefined) files.set(JOURNAL_PATH, journal);
  for (const quick of [false, true]) {
    const one = verify(STORE_PATH, { ...options, files, quick });
    isOk &&= one.ok;
    const two = verify(STORE_PATH, {
      ...options,
      files,
      quick,
      second: (source) => secondInTurn(source, share, random),
    });
    expect(two, `${name}${quick ? ', quick' : ''}`).to.deep.equal(one);
  }
  return isOk;
}

describe('a check with two threads', () => {
  let large: Buffer;
  before(() => {
    large = largeStore();
  });

  it('finds nothing in a sound store, and both have looked at pages', () => {
    const before = { ...share };
    expectSame(large, 'large');
    expect(verify(STORE_PATH, { files: memoryWith(large) }).ok).to.equal(true);
    expect(share.units - before.units).to.be.above(10);
    expect(share.scans - before.scans).to.equal(1);
  });

  it('finds in the stores of others what one thread finds', () => {
    for (const { name, bytes } of [...goldenStores(), ...damagedStores()]) expectSame(bytes, name);
  });

  it('finds in our own stores what one thread finds', () => {
    for (const { name, spec } of SOUND_STORES_2) expectSame(writeFormat2(spec), name);
    for (const { name, bytes, journal } of damagedByCode().values()) expectSame(bytes, name, {}, journal);
  });

  it('finds the same in random damage, however much of the work the other thread does (seed 41)', () => {
    const random = new Random(41);
    const pages = large.length / PAGE_BYTES;
    let bad = 0;
    for (let round = 0; round < 15; round += 1) {
      let bytes: Buffer = Buffer.from(large);
      for (let count = random.between(1, 4); count > 0; count -= 1) bytes = damaged(bytes, random, pages);
      if (random.chance(0.3)) reseal(bytes);
      const isOk = expectSame(bytes, `round ${round}`, { findingsMax: random.pick([1, 3, 100]) }, undefined, random);
      if (!isOk) bad += 1;
    }
    expect(bad).to.be.within(5, 15);
  });

  it('begins again beside a writer as one thread does', () => {
    const reports = [undefined, (source: Parameters<typeof secondInTurn>[0]) => secondInTurn(source, share)].map(
      (second) => {
        const files = memoryWith(large);
        let isChanged = false;
        const onProgress = (): void => {
          if (!isChanged) change(files);
          isChanged = true;
        };
        return verify(STORE_PATH, { files, onProgress, ...(second === undefined ? {} : { second }) });
      },
    );
    expect(reports[0]?.appliedPosition).to.equal(3n);
    expect(reports[1]).to.deep.equal(reports[0]);
  });

  describe('of the built library', () => {
    before(requireBuild);

    it('is one with a thread of Node.js, and one without where that cannot start', async function () {
      if (availableParallelism() < 2) this.skip();
      this.timeout(60_000);
      const check = await builtCheck();
      withTempDir((folder) => {
        const store = join(folder, 'store.kmb');
        for (const bytes of [large, damaged(Buffer.from(large), new Random(5), 300)]) {
          writeFileSync(store, bytes);
          for (const quick of [false, true]) {
            const { report, second } = check(store, quick);
            expect(second?.state.isReady).to.equal(true);
            expect(report).to.deep.equal(verify(store, { quick }));
          }
        }
        const { report, second } = check(store, true, { path: join(folder, 'absent.kmb'), identity: '0:0' });
        expect(second?.state.isReady).to.equal(false);
        expect(report).to.deep.equal(verify(store, { quick: true }));
      });
    });
  });
});

/** A check of the built library, with a thread; one that is told of another file does not get to work. */
async function builtCheck() {
  const folder = new URL('../../dist/engine/verify/', import.meta.url).href;
  const { verify: builtVerify } = (await import(`${folder}verify.js`)) as typeof Verify;
  const { SecondThread: Thread } = (await import(`${folder}threads/second-thread.js`)) as {
    SecondThread: typeof SecondThread;
  };
  return (store: string, quick: boolean, otherFile?: BareFile) => {
    let second: Second | undefined;
    const report = builtVerify(store, {
      quick,
      second: (source) => {
        const seen = { ...source, size: source.size, bareFile: otherFile ?? source.bareFile };
        const awaitThreadMs = otherFile === undefined ? 20_000 : 300;
        second = Thread.start(seen, { threads: 2, largeFrom: 0, awaitThreadMs });
        return second as Second;
      },
    });
    return { report, second };
  };
}

function change(files: MemoryFiles): void {
  usingStore(files, { cachePages: 64 }, (store) => {
    store.apply(new WriteBatch(3n).put(1n, key(123), 'changed').put(1n, 'new', 'row'));
    store.sync();
  });
}

/** Something in one page is changed, or the page is another's, or it is gone with all behind it. */
function damaged(bytes: Buffer, random: Random, pages: number): Buffer {
  const pageId = random.between(0, pages - 1);
  const page = pageOf(bytes, pageId);
  const kind = random.between(0, 9);
  if (kind === 0) return bytes.subarray(0, random.between(bytes.length - 9000, bytes.length));
  if (kind === 1) pageOf(bytes, random.between(2, pages - 1)).copy(page);
  else if (kind === 2) page.fill(0);
  else page[random.chance(0.5) ? random.between(0, 120) : random.between(0, PAGE_BYTES - 1)] = random.between(0, 255);
  if (kind > 4) seal(page);
  return bytes;
}
