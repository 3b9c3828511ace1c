/** Stores of format 2 that the engine wrote: sound whatever was done to them, also as a crash leaves them. */
import { expect } from 'chai';
import { BTreeStore, verify, type VerifyReport, WriteBatch } from '../../src/engine/index.js';
import { checkFormat2 } from '../support/format2-check.js';
import { PAGE_BYTES, pageOf } from '../support/format2/layout.js';
import { MemoryFiles } from '../support/memory-files.js';
import { memoryWith, openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { Random } from '../support/random.js';
import { RecordedFiles } from '../support/recorded-files.js';

const SEED = 4711;
const TABLES = 60;

/** A batch of puts and deletes in many tables, some values long, and now and then a purge. */
function randomBatch(random: Random, position: bigint): WriteBatch {
  const batch = new WriteBatch(position);
  if (random.chance(0.05)) batch.purge(BigInt(random.below(TABLES)));
  for (let operations = 20; operations > 0; operations -= 1) {
    const table = BigInt(random.below(TABLES));
    const key = `key-${random.below(60)}`;
    const length = random.chance(0.05) ? random.below(20_000) : random.below(300);
    if (random.chance(0.2)) batch.delete(table, key);
    else batch.put(table, key, random.bytes(length));
  }
  return batch;
}

const check = (files: MemoryFiles): VerifyReport => verify(STORE_PATH, { files, strict: true });

describe(`verify on stores of format 2 that the engine wrote (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const files = new MemoryFiles();

  before(() => {
    usingStore(files, { create: true, cachePages: 32, format: 2 }, (store) => {
      for (let position = 1n; position <= 150n; position += 1n) {
        store.apply(randomBatch(random, position));
        if (random.chance(0.3)) store.sync();
      }
      store.sync();
    });
  });

  it('finds nothing, and has seen a catalogue, free pages, histories and values', () => {
    expect(checkFormat2(files.get(STORE_PATH))).to.deep.equal([]);
    const report = check(files);
    expect(report.codes).to.deep.equal({});
    const { pages, pagesReached, pagesFree, trees } = report;
    expect(pagesFree).to.be.above(0);
    expect(2 + pagesReached + (pagesFree ?? 0)).to.equal(pages);
    expect(trees?.tables).to.be.above(50);
    expect(trees?.versions).to.be.above(trees?.keys ?? 0);
  });

  it('finds nothing in what a crash leaves at any moment of a commit', () => {
    const recorded = new RecordedFiles(files);
    const store = BTreeStore.open(STORE_PATH, { files: recorded, cachePages: 32 });
    store.apply(randomBatch(random, 151n).purge(3n));
    store.sync();
    store.apply(randomBatch(random, 152n).put(3n, 'key', 'on a page that was free'));
    store.sync();
    store.close();
    const positions = new Set<bigint | null>();
    for (let event = 0; event <= recorded.events.length; event += 1) {
      const survival = (['nothing', 'all', { seed: event }] as const)[event % 3]!;
      const { codes, severities, appliedPosition } = check(recorded.crashed(event, survival));
      expect(severities.corrupt + severities.torn + severities.odd, JSON.stringify(codes)).to.equal(0);
      positions.add(appliedPosition);
    }
    expect([...positions]).to.have.members([150n, 151n, 152n]);
  });
});

describe('verify on a page as it was a commit earlier', () => {
  /** The file after each of three commits that change the same pages. */
  function commits(): Buffer[] {
    const files = new MemoryFiles();
    const store = openMemory(files, { create: true, cachePages: 32, format: 2 });
    try {
      return [1n, 2n, 3n].map((position) => {
        const batch = new WriteBatch(position);
        for (let key = 0; key < 60; key += 1) batch.put(1n, `key-${key}`, `value ${position} of ${key}`.repeat(9));
        store.apply(batch);
        store.sync();
        return files.get(STORE_PATH);
      });
    } finally {
      store.close();
    }
  }

  it('names it, whichever page it is', () => {
    const [, before, after] = commits() as [Buffer, Buffer, Buffer];
    let stale = 0;
    for (let page = 2; page < before.length / PAGE_BYTES; page += 1) {
      if (pageOf(before, page).equals(pageOf(after, page))) continue;
      stale += 1;
      const bytes = Buffer.from(after);
      pageOf(before, page).copy(pageOf(bytes, page));
      const { findings } = check(memoryWith(bytes));
      expect(findings.filter(({ code }) => code === 'page-sum').map((finding) => finding.page)).to.deep.equal([page]);
    }
    expect(stale).to.be.above(3);
  });
});
