/**
 * What is wrong with a store of format 2 is found, named and graded, and a sound one gives nothing. The stores here
 * are not the engine's: another writer made them (test/support/format2-writer.ts).
 */
import { expect } from 'chai';
import { FINDING_KINDS, type FindingCode, verify, type VerifyReport } from '../../src/engine/index.js';
import { healthyStore } from '../support/damage.js';
import { FAULTS_2, plantFault } from '../support/format2-damage.js';
import { everything, everythingWithCatalogue, SOUND_STORES_2 } from '../support/format2-stores.js';
import { type StoreSpec2, writeFormat2 } from '../support/format2-writer.js';
import { seal } from '../support/format2/encode.js';
import { PAGE_BYTES, pageOf } from '../support/format2/layout.js';
import { itemOf, Victim } from '../support/format2/plant.js';
import { memoryWith, STORE_PATH } from '../support/memory-store.js';
import { codeOf } from './support/format2-found.js';

const check = (bytes: Uint8Array, options: Parameters<typeof verify>[1] = {}): VerifyReport =>
  verify(STORE_PATH, { files: memoryWith(bytes), ...options });

/** `code@page` of each finding. */
const found = ({ findings }: VerifyReport): string[] => findings.map(({ code, page }) => `${code}@${page}`);

/** A store that is damaged in place; nothing is resealed. */
function damaged(spec: StoreSpec2, damage: (victim: Victim) => void): Buffer {
  const victim = new Victim(writeFormat2(spec));
  damage(victim);
  return victim.file;
}

describe('verify on sound stores of format 2', () => {
  for (const { name, spec } of SOUND_STORES_2) {
    it(`finds nothing in a store with ${name}, and has looked at all of it`, () => {
      const bytes = writeFormat2(spec);
      const isSalvaged = spec.compatibleFeatures === 2;
      for (const options of [{}, { strict: !isSalvaged }, { quick: true, strict: !isSalvaged }]) {
        const report = check(bytes, options);
        expect(report.codes).to.deep.equal(isSalvaged ? { salvaged: 1 } : {});
        const { ok, pages, pagesChecked, pagesReached, pagesFree, pagesLeaked, pagesNotJudged } = report;
        expect({ ok, pages, pagesChecked }).to.deep.equal({
          ok: true,
          pages: bytes.length / PAGE_BYTES,
          pagesChecked: pages,
        });
        expect(pagesFree).to.equal(spec.freePages?.length ?? 0);
        expect(2 + pagesReached + (pagesFree ?? 0) + pagesLeaked + pagesNotJudged).to.equal(pages);
        if (options.quick !== true) expect(pagesNotJudged + pagesLeaked).to.equal(0);
      }
    });
  }

  it('counts what is in their trees: keys that are deleted, too, and of the older events those that are values', () => {
    expect(check(writeFormat2(everything)).trees).to.deep.equal({
      tables: 4,
      leaves: 13,
      internals: 7,
      keys: 18,
      versions: 69,
    });
  });
});

describe('verify on every kind of fault in a store of format 2', () => {
  for (const fault of FAULTS_2) {
    const code = codeOf(fault);
    if (code === undefined) continue;
    it(`finds ${fault.name} (${fault.rule}) as ${code}`, () => {
      const { codes, ok } = check(plantFault(fault));
      expect(Object.keys(codes)).to.include(code);
      expect(ok).to.equal(Object.keys(codes).every((each) => isHarmless(each as FindingCode)));
    });
  }

  it('names each code that only format 2 has', () => {
    const named = new Set(FAULTS_2.flatMap((fault) => Object.keys(check(plantFault(fault)).codes)));
    expect(ONLY_IN_FORMAT_2.filter((code) => !named.has(code))).to.deep.equal([]);
    expect(ONLY_IN_FORMAT_2.filter((code) => !(code in FINDING_KINDS))).to.deep.equal([]);
  });
});

const isHarmless = (code: FindingCode): boolean => ['leak', 'odd'].includes(FINDING_KINDS[code].severity);

const ONLY_IN_FORMAT_2: readonly FindingCode[] = [
  ...['page-id', 'page-store', 'page-owner', 'page-stamp', 'page-sum', 'page-layout', 'page-size'],
  ...['superblock-copy', 'superblock-copies', 'next-page-range'],
  ...['feature-unknown', 'feature-ignored', 'feature-read-only'],
  ...['event-order', 'event-kind', 'event-position', 'run-marker', 'run-length', 'run-start', 'runs-flag'],
  ...['history-key', 'history-gap'],
  ...['value-range', 'value-page', 'value-checksum', 'value-shared'],
  ...['free-reached', 'free-range', 'free-count'],
  ...['record-kind', 'record-event', 'record-length', 'record-order', 'record-value', 'record-count'],
  ...['count-rows', 'count-events', 'count-pages'],
] as FindingCode[];

describe('verify on pages that are whole, and not the ones that are due', () => {
  it('names both of two pages that changed places', () => {
    const bytes = damaged(everything, (victim) => {
      const [left, right] = [victim.bytesOf(victim.leaf(1n, 1)), victim.bytesOf(victim.leaf(1n, 2))];
      const kept = Buffer.from(left);
      right.copy(left);
      kept.copy(right);
    });
    expect(found(check(bytes))).to.deep.equal(['page-id@15', 'page-id@16']);
  });

  it('names a page of another store', () => {
    const other = writeFormat2({ ...everything, storeId: Buffer.from('anotherx') });
    const bytes = damaged(everything, (victim) => pageOf(other, 15).copy(victim.page(15)));
    expect(found(check(bytes))).to.deep.equal(['page-store@15']);
  });

  it('names a page as it was a commit before, with the way to it and the keys in it', () => {
    const bytes = damaged(everything, ({ file }) => putBack(file, 29));
    for (const quick of [false, true]) expect(found(check(bytes, { quick }))).to.deep.equal(['page-sum@29']);
    expect(check(bytes).findings[0]).to.deep.include({
      severity: 'corrupt',
      level: 'page',
      path: [29],
      table: 7n,
      keys: { from: null, to: null },
    });
  });

  it('finds two of them, and says that it cannot name them', () => {
    const bytes = damaged(everything, ({ file }) => {
      putBack(file, 29);
      putBack(file, 15);
    });
    expect(found(check(bytes))).to.deep.equal(['page-sum@0']);
  });

  it('names a page of which a byte of a value was changed, with the checksum made right', () => {
    const { codes, findings } = check(
      damaged(everything, (victim) => {
        itemOf(victim.leaf(9n), 'k').write('w', 5 + 10 + 10 + 10);
        seal(victim.page(30));
      }),
    );
    expect(codes).to.deep.equal({ 'page-sum': 1 });
    expect(findings[0]).to.include({ page: 30, table: 9n });
  });

  it('names a page of a value, too, by its checksum and by the page sums', () => {
    const bytes = damaged(everything, (victim) => {
      const page = victim.bytesOf(victim.valuePages(7n, 0)[1]!);
      page.writeUInt8(page.readUInt8(100) ^ 1, 100);
      seal(page);
    });
    expect(found(check(bytes))).to.deep.equal(['value-checksum@22', 'page-sum@23']);
  });
});

/** Gives a page another stamp with a right checksum: it is a sound page, and not the one that the sums are of. */
function putBack(file: Buffer, pageId: number): void {
  const page = pageOf(file, pageId);
  page.writeBigUInt64LE(page.readBigUInt64LE(24) + 1n, 24);
  seal(page);
}

describe('verify on the two superblocks', () => {
  const lose = (...pages: number[]): Buffer =>
    damaged(everything, ({ file }) => pages.forEach((page) => pageOf(file, page).fill(0x5a)));

  it('goes on with page 1 where page 0 is damaged', () => {
    const report = check(lose(0));
    expect(found(report)).to.deep.equal(['superblock-magic@0']);
    expect(report).to.include({ isCopyUsed: true, appliedPosition: 40n, pagesFree: 3 });
    expect(report.trees?.keys).to.equal(18);
  });

  it('finds other damage then, too', () => {
    const bytes = lose(0);
    pageOf(bytes, 15).writeUInt8(9, 2000);
    expect(found(check(bytes))).to.deep.equal(['superblock-magic@0', 'page-crc@15']);
  });

  it('calls page 1 odd where only that is damaged', () => {
    const report = check(lose(1));
    expect(found(report)).to.deep.equal(['superblock-copy@1']);
    expect(report).to.include({ ok: true, isCopyUsed: false });
  });

  it('says that nothing is known where both are: damaged pages may be free', () => {
    const report = check(lose(0, 1));
    expect(report).to.include({ appliedPosition: null, pagesFree: null, trees: null });
    expect(found(report)).to.deep.equal([
      'superblock-magic@0',
      ...['leaked-page@4', 'leaked-page@5', 'leaked-page@17'],
      'superblock-copy@1',
    ]);
  });

  it('takes the later of two that are whole, whichever page it is in', () => {
    for (const later of [0, 1]) {
      const bytes = damaged({ ...everything, commitNumber: 5n }, ({ file }) => {
        pageOf(file, later).writeBigUInt64LE(6n, 64);
        seal(pageOf(file, later));
      });
      const report = check(bytes);
      expect(found(report)).to.deep.equal(['superblock-copies@1']);
      expect(report).to.include({ ok: false, isCopyUsed: later === 1 });
      expect(report.severities.torn).to.equal(1);
    }
  });

  it('does not take a tree page of format 1 for a copy of its superblock', () => {
    expect(found(check(healthyStore().fill(0, 0, 10)))).to.deep.equal(['superblock-magic@0']);
  });
});

describe('verify where something is out of reach', () => {
  /** The pages of a store, each lost once; superblocks and free pages are not among them. */
  function* eachLost(spec: StoreSpec2): Generator<{ readonly page: number; readonly report: VerifyReport }> {
    const { freePages = [] } = spec;
    const pages = writeFormat2(spec).length / PAGE_BYTES;
    for (let page = 2; page < pages; page += 1) {
      if (freePages.includes(page)) continue;
      yield { page, report: check(damaged(spec, ({ file }) => pageOf(file, page).fill(0))) };
    }
  }

  it('reports the page that is lost, and none of what follows from that', () => {
    for (const { page, report } of eachLost(everything)) {
      expect(found(report), `page ${page}`).to.deep.equal([`page-zeroed@${page}`]);
    }
  });

  it('calls free pages leaks at most where the free map is lost', () => {
    for (const { page, report } of eachLost(everythingWithCatalogue)) {
      const [first, ...others] = found(report);
      expect(first).to.equal(`page-zeroed@${page}`);
      if (report.pagesFree !== null) expect(others).to.deep.equal([]);
      else expect(['leaked-page@4', 'leaked-page@5', 'leaked-page@17']).to.include.members(others);
      expect(report.severities.corrupt).to.equal(1);
    }
  });

  it('keeps to that in a quick check', () => {
    const bytes = damaged(everythingWithCatalogue, (victim) =>
      victim.bytesOf(victim.decoded.catalogue!.leaves.at(-1)!).fill(0),
    );
    const report = check(bytes, { quick: true });
    expect(report).to.include({ pagesFree: null, ok: false });
    expect(report.codes).to.deep.equal({ 'page-zeroed': 1, 'leaked-page': 3 });
  });

  it('says which of the keys a lost page of the history may have had events of', () => {
    const bytes = damaged(everything, (victim) => victim.bytesOf(victim.runs(1n, 1)).fill(0));
    const [finding] = check(bytes).findings;
    expect(finding).to.deep.include({
      table: 1n,
      keys: { from: Buffer.from('key-0001'), to: Buffer.from('key-0003\0') },
    });
  });
});
