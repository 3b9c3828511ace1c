/**
 * What is wrong with a store is found, named and graded, and a sound one gives nothing.
 *
 * Another checker of the format that shares no code with the engine (test/support/structure-check.ts) is compared with
 * it elsewhere, on random damage and on every changed byte.
 */
import { expect } from 'chai';
import { StoreError, verify, verifySteps, type VerifyReport } from '../../src/engine/index.js';
import { ownStores } from '../fixtures/stores.js';
import { healthyStore, ownDamages, subtleDamages } from '../support/damage.js';
import { PAGE_BYTES, pageOf } from '../support/format1-decode.js';
import { packLeaves, resealPage, writeStore } from '../support/format1-writer.js';
import { crateBrokenStores, damagedStores, goldenStores } from '../support/golden.js';
import { injectFault } from '../support/memory-files.js';
import { memoryWith, STORE_PATH } from '../support/memory-store.js';
import { utf8 } from '../support/bytes.js';
import { DAMAGE_FOUND } from './support/damage-found.js';

const check = (bytes: Uint8Array, options: Parameters<typeof verify>[1] = {}): VerifyReport =>
  verify(STORE_PATH, { files: memoryWith(bytes), ...options });

/** `code@page` of each finding. */
const found = ({ findings }: VerifyReport): string[] => findings.map(({ code, page }) => `${code}@${page}`);

describe('verify on sound stores', () => {
  for (const { name, bytes, appliedPosition } of [...goldenStores(), ...ownStores()]) {
    it(`finds nothing in ${name}, and has looked at all of it`, () => {
      for (const options of [{}, { strict: true }, { quick: true, strict: true }]) {
        const report = check(bytes, options);
        expect(found(report)).to.deep.equal([]);
        const { ok, pages, pagesChecked, pagesReached, pagesLeaked, pagesNotJudged } = report;
        expect({ ok, pages, checked: pagesChecked }).to.deep.equal({
          ok: true,
          pages: bytes.length / PAGE_BYTES,
          checked: pages,
        });
        expect(report).to.include({ bytes: bytes.length, bytesChecked: bytes.length, appliedPosition, tornTo: null });
        expect(1 + pagesReached + pagesLeaked + pagesNotJudged).to.equal(pages);
        if (options.quick !== true) expect(pagesReached).to.equal(pages - 1);
      }
    });
  }

  it('counts what is in their trees', () => {
    const { trees } = check(healthyStore());
    expect(trees).to.deep.equal({ tables: 2, leaves: 4, internals: 1, keys: 15, versions: 30 });
  });
});

describe('verify on every kind of damage to a small store', () => {
  for (const { name, bytes } of [...ownDamages(), ...subtleDamages()]) {
    it(`${name}: ${DAMAGE_FOUND[name]?.join(', ') ?? 'nothing'}`, () => {
      expect(found(check(bytes))).to.deep.equal(DAMAGE_FOUND[name]);
    });
  }

  it('says where a page is, what it should be and which keys it takes with it', () => {
    const bytes = healthyStore();
    pageOf(bytes, 2).fill(0);
    const [finding] = check(bytes).findings;
    expect(finding).to.deep.include({
      code: 'page-zeroed',
      severity: 'corrupt',
      level: 'page',
      page: 2,
      path: [4, 2],
      table: 1n,
      keys: { from: Buffer.from('key-04'), to: Buffer.from('key-08') },
      offset: 0,
      message: 'page 2: its bytes are all zero',
    });
  });

  it('does not call leaks what may hang below a page that cannot be read', () => {
    const bytes = healthyStore();
    pageOf(bytes, 4).fill(0);
    expect(check(bytes)).to.include({ pagesNotJudged: 3, pagesLeaked: 0, pagesReached: 2 });
  });

  it('still names a broken page when the page above it is broken too', () => {
    const bytes = healthyStore();
    for (const page of [4, 2]) pageOf(bytes, page).fill(0);
    expect(found(check(bytes))).to.deep.equal(['page-zeroed@2', 'page-zeroed@4']);
  });

  it('says up to which position a torn store reaches', () => {
    const bytes = healthyStore();
    bytes.writeBigUInt64LE(3n, 12);
    resealPage(bytes, 0);
    expect(check(bytes)).to.include({ appliedPosition: 3n, tornTo: 5n, ok: false });
    expect(check(bytes).severities).to.deep.equal({ corrupt: 0, torn: 5, leak: 0, odd: 0 });
  });
});

describe('verify on the damaged copies of a store', () => {
  for (const { name, bytes, severity, page } of damagedStores()) {
    it(`${name}: names the page and grades it`, () => {
      const begin = performance.now();
      const report = check(bytes);
      expect(performance.now() - begin).to.be.below(1000);
      if (severity === 'ok') return void expect(found(report)).to.deep.equal([]);
      const grades = severity === 'error' ? ['corrupt', 'torn'] : ['leak', 'odd'];
      const named = report.findings.filter((finding) => finding.page === page || finding.path.includes(page));
      expect(named.map((finding) => grades.includes(finding.severity))).to.include(true);
      expect(report.ok).to.equal(severity === 'warning');
      // One root cause does not drown in its consequences.
      expect(report.findings.length).to.be.below(4);
    });
  }

  for (const { name, bytes } of crateBrokenStores()) {
    it(`${name}, which the crate itself wrote wrongly, is not sound`, () => {
      expect(check(bytes).ok).to.equal(false);
    });
  }
});

describe('a check', () => {
  const broken = (): Buffer => {
    const bytes = Buffer.concat([healthyStore(), Buffer.alloc(PAGE_BYTES * 50)]);
    pageOf(bytes, 2).fill(0);
    return bytes;
  };

  it('keeps as many findings as it is told to, the worst ones, and counts all', () => {
    for (const findingsMax of [0, 1, 7]) {
      const report = check(broken(), { findingsMax });
      expect(found(report)).to.deep.equal(
        ['page-zeroed@2', ...Array.from({ length: 50 }, (_, index) => `leaked-page@${6 + index}`)].slice(
          0,
          findingsMax,
        ),
      );
      expect(report.codes).to.deep.equal({ 'page-zeroed': 1, 'leaked-page': 50 });
    }
  });

  it('that is quick stops before the trees', () => {
    const bytes = healthyStore();
    bytes.writeBigUInt64LE(3n, pageOf(bytes, 1).readUInt16LE(32) + PAGE_BYTES);
    resealPage(bytes, 1);
    expect(found(check(bytes))).to.deep.equal(['next-leaf@1']);
    expect(found(check(bytes, { quick: true }))).to.deep.equal([]);
    expect(found(check(broken(), { quick: true }))).to.include.members(['page-zeroed@2', 'leaked-page@6']);
  });

  it('that is strict is not ok with leaks and odd bytes', () => {
    const bytes = Buffer.concat([healthyStore(), Buffer.alloc(1)]);
    expect([check(bytes).ok, check(bytes, { strict: true }).ok]).to.deep.equal([true, false]);
  });

  it('only reads, and closes what it opened, also when reading fails', () => {
    const files = memoryWith(broken());
    verify(STORE_PATH, { files });
    for (let nth = 1; nth <= 4; nth += 1) {
      injectFault(files, { kinds: ['read'], nth });
      expect(() => verify(STORE_PATH, { files }))
        .to.throw(StoreError)
        .with.property('code', 'IO_ERROR');
    }
    const changing = ['write', 'truncate', 'sync', 'create', 'link', 'unlink'] as const;
    expect(changing.map((kind) => files.count(kind))).to.deep.equal(changing.map(() => 0));
    expect(files.openHandles).to.equal(0);
  });

  it('begins again when the store changes under it, and gives up after three times', () => {
    const files = memoryWith(healthyStore());
    let mark = 0;
    const changing = (changesMax: number): VerifyReport => {
      const steps = verifySteps(STORE_PATH, { files });
      for (let changes = 0; ; changes += 1) {
        const { done, value } = steps.next();
        if (done === true) return value;
        if (changes >= changesMax) continue;
        const bytes = files.get(STORE_PATH);
        bytes.writeUInt8((mark += 1), 20);
        resealPage(bytes, 0);
        const file = files.open(STORE_PATH, 'write');
        file.write(bytes, 0, bytes.length, 0);
        file.close();
      }
    };
    expect(changing(1).ok).to.equal(true);
    expect(() => changing(100))
      .to.throw(StoreError)
      .with.property('code', 'STORE_CHANGING');
    expect(files.openHandles).to.equal(0);
  });

  it('ends in a tree that goes down and down', () => {
    const entries = ['a', 'b', 'c'].map((key) => ({
      key: utf8(key),
      versions: [{ createdAt: 1n, deletedAt: null, data: utf8(key) }],
    }));
    const tables = [{ id: 1n, leaves: packLeaves(entries, 1) }];
    const { codes } = check(writeStore({ appliedPosition: 1n, tables, singleChildLevels: 500 }));
    expect(codes).to.deep.equal({ 'single-child': 24, 'tree-too-deep': 1, height: 1 });
  });

  /** What it says on the way: pages done, and how many there are to be. */
  const progressOf = (bytes: Buffer, quick: boolean) => {
    const done: number[] = [];
    const totals = new Set<number>();
    const { pagesReached } = check(bytes, {
      quick,
      onProgress: ({ pagesDone, pagesTotal }) => {
        done.push(pagesDone);
        totals.add(pagesTotal);
      },
    });
    expect(done).to.deep.equal([...done].sort((a, b) => a - b));
    return { last: done.at(-1), totals: [...totals], pagesReached };
  };

  it('says how far it has come, and looks at pages again where it has found something', () => {
    const [store] = ownStores().filter(({ name }) => name === 'own-deep');
    const sound = store?.bytes ?? Buffer.alloc(0);
    const pages = sound.length / PAGE_BYTES;
    expect(progressOf(sound, true)).to.deep.include({ last: pages, totals: [pages] });
    const whole = progressOf(sound, false);
    expect(whole).to.deep.include({ last: whole.pagesReached, totals: [pages] });

    const longer = Buffer.concat([sound, Buffer.alloc(PAGE_BYTES * 200)]);
    const again = progressOf(longer, false);
    expect(again.totals).to.deep.equal([pages + 200, again.pagesReached + 2 * (pages + 200)]);
    expect(again.last).to.equal(2 * again.pagesReached + pages + 200);
  });

  it('of something that is no file, or not there, ends in an error', () => {
    expect(() => verify('/'))
      .to.throw(StoreError)
      .with.property('code', 'NOT_A_STORE');
    expect(() => verify('/nowhere'))
      .to.throw(StoreError)
      .with.property('code', 'STORE_NOT_FOUND');
  });
});
