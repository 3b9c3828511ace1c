/** Pages as they are inspected: sound ones to the last byte, damaged ones as far as they can be. */
import { expect } from 'chai';
import {
  inspectBytes,
  inspectPage,
  inspectSuperblock,
  type PageInspection,
  regionsOf,
} from '../../src/engine/index.js';
import { FORMAT_1 } from '../../src/engine/format/v1/format.js';
import { Page } from '../../src/engine/format/page.js';
import { decodeSuperblock, superblockFaults } from '../../src/engine/format/superblock-page.js';
import { ownStores } from '../fixtures/stores.js';
import { healthyStore, ownDamages } from '../support/damage.js';
import { decodePage, PAGE_BYTES, pageOf } from '../support/format1-decode.js';
import { crateBrokenStores, damagedBase, damagedStores, goldenStores } from '../support/golden.js';
import { crashedStore } from '../support/crashed-store.js';
import { memoryWith, STORE_PATH } from '../support/memory-store.js';
import { Random } from '../support/random.js';
import { attempt, expectRefused } from '../support/store-errors.js';

interface Named {
  readonly name: string;
  readonly bytes: Buffer;
}

const base = damagedBase();
const healthy: readonly Named[] = [
  { name: 'healthy', bytes: healthyStore() },
  ...ownStores(),
  ...goldenStores(),
  ...(base === undefined ? [] : [base]),
];
const damaged: readonly Named[] = [...ownDamages(), ...damagedStores(), ...crateBrokenStores()];

/** Every page of a file, the last perhaps cut off. */
function* pagesOf({ bytes }: Named): Generator<PageInspection> {
  for (let page = 0; page * PAGE_BYTES < bytes.length; page += 1)
    yield inspectBytes(Buffer.from(pageOf(bytes, page)), page, bytes.length, 1);
}

describe('the pages of a sound store', () => {
  for (const store of healthy) {
    it(`${store.name}: nothing is wrong, and every byte is explained exactly once`, () => {
      for (const inspection of pagesOf(store)) {
        expect(inspection.problems, `page ${inspection.page}`).to.deep.equal([]);
        expectPartition(inspection);
        expect(kindsOf(inspection), `page ${inspection.page}`).to.not.include('unread');
        expect(inspection.crc?.stored).to.equal(inspection.crc?.computed);
        if (inspection.page > 0) expectItems(inspection);
      }
    });
  }
});

const kindsOf = ({ parts, problems }: PageInspection): string[] =>
  regionsOf(parts, problems).flatMap(({ path }) => path.map(({ kind }) => kind));

function expectPartition({ parts, problems, page }: PageInspection): void {
  let end = 0;
  for (const { offset, size } of regionsOf(parts, problems)) {
    expect(offset, `page ${page}`).to.equal(end);
    expect(size).to.be.above(0);
    end = offset + size;
  }
  expect(end).to.equal(PAGE_BYTES);
}

/** The items are what the independent decoder reads. */
function expectItems({ bytes, parts }: PageInspection): void {
  const failing = (rule: string, message: string): never => expect.fail(`${rule}: ${message}`);
  const expected = decodePage(bytes, { allowStaleBytes: true }, failing);
  const items: Record<string, unknown>[] = parts
    .filter(({ kind }) => kind === 'item')
    .map(({ fields, parts: versions }) => ({
      ...valuesOf(fields),
      versions: versions.map((version) => valuesOf(version.fields)),
    }));
  const [link, ...rest] = items;
  if (expected?.kind === 'leaf') {
    expect(link?.['next']).to.equal(expected.next);
    expect(rest.map((item) => ({ key: item['key'], versions: item['versions'] }))).to.deep.equal(
      expected.entries.map(({ key, versions }) => ({
        key,
        versions: versions.map(({ data, ...positions }) => ({ ...positions, size: data.length, value: data })),
      })),
    );
  } else {
    expect(items.map((item) => item['child'])).to.deep.equal(expected?.children);
    expect(rest.map((item) => item['key'])).to.deep.equal(expected?.separators);
  }
}

const valuesOf = (fields: readonly { field: { name: string }; value: unknown }[]): Record<string, unknown> =>
  Object.fromEntries(fields.map(({ field, value }) => [field.name, value]));

describe('the pages of a damaged store', () => {
  for (const store of damaged) {
    it(`${store.name}: is inspected to its last byte, and what is wrong with it is what a reader stumbles over`, () => {
      for (const inspection of pagesOf(store)) {
        expectCovered(inspection);
        expectSameFirstFault(inspection);
      }
    });
  }

  it('has a problem in every kind of damage that a single page or the length of the file can tell', () => {
    const withPages = ownDamages().filter(({ bytes }) => bytes.length > 0);
    const silent = withPages.filter((store) => [...pagesOf(store)].every(({ problems }) => problems.length === 0));
    expect(silent.map(({ name }) => name)).to.deep.equal([
      'height 1 above an internal root',
      'height 3 above two levels',
      'applied position below the versions',
      'an internal page without separators',
      'a key below its separator',
      'a key above the next separator',
      'a deletion from beyond the applied position',
      'created at 0',
      'a leaf with two parents',
      "another table's leaf as a child",
      'a chain that ends early',
      'a chain that skips a leaf',
      'a chain in a circle',
      'a chain into the parent',
      'a chain into another table',
    ]);
  });
});

/** No byte is left out, and nothing is outside the bytes. */
function expectCovered({ bytes, parts, problems, page }: PageInspection): void {
  const seen = new Uint8Array(bytes.length);
  for (const { offset, size, value } of regionsOf(parts, problems)) {
    expect(offset + size).to.be.at.most(bytes.length);
    seen.fill(1, offset, offset + size);
    if (typeof value === 'object') expect(value.equals(bytes.subarray(offset, offset + size))).to.equal(true);
  }
  expect(seen.indexOf(0), `page ${page}`).to.equal(-1);
}

/** The strict checks, which stop at the first fault, and the ones that go on agree about it. */
function expectSameFirstFault({ bytes, problems, kind }: PageInspection): void {
  if (bytes.length < PAGE_BYTES) return;
  if (kind === 'superblock') {
    const [first] = superblockFaults(bytes);
    const opening = attempt(() => decodeSuperblock(bytes));
    expect('damage' in opening ? opening.damage.message : undefined).to.equal(first?.message);
    if (first !== undefined) expect(problems[0]).to.deep.equal(first);
    return;
  }
  const page = new Page();
  page.bytes.set(bytes);
  const first = FORMAT_1.pages.findFault(page, {});
  expect(FORMAT_1.pages.faults(page, {})[0]).to.deep.equal(first);
  if (first !== undefined) expect(problems[0]).to.deep.equal(first);
}

describe('random bytes', () => {
  for (const seed of [21, 22, 23]) {
    it(`are inspected as far as they go (seed ${seed})`, () => {
      const random = new Random(seed);
      for (let round = 0; round < 150; round += 1) {
        const bytes = randomPage(random, random.pick(healthy.slice(0, 9)).bytes);
        const page = random.below(3);
        const inspection = inspectBytes(bytes, page, random.below(100) * 1000 + bytes.length, 1);
        expectCovered(inspection);
        expectSameFirstFault(inspection);
      }
    });
  }
});

/** Noise, or a page with a few bytes changed, or the beginning of one. */
function randomPage(random: Random, store: Buffer): Buffer {
  const bytes = random.chance(0.2)
    ? random.bytes(PAGE_BYTES)
    : Buffer.from(pageOf(store, random.below(store.length / PAGE_BYTES)));
  for (let count = random.below(6); count > 0; count -= 1) {
    const at = random.chance(0.6) ? random.below(80) : random.below(PAGE_BYTES);
    bytes[at] = random.chance(0.5) ? random.pick([0, 1, 0x7f, 0xff]) : random.below(256);
  }
  return random.chance(0.3) ? bytes.subarray(0, random.between(1, PAGE_BYTES)) : bytes;
}

describe('a page whose count of items is impossible', () => {
  it('is read by the end of its slots', () => {
    const bytes = Buffer.from(pageOf(healthyStore(), 1));
    bytes.writeUInt16LE(65_535, 6);
    const { parts } = inspectBytes(bytes, 1, 6 * PAGE_BYTES);
    expect(parts.filter(({ kind }) => kind === 'item')).to.have.length(5);
  });
});

describe('inspecting a file', () => {
  it('only reads, and lets go of the file, also when there is nothing to decode', () => {
    const files = memoryWith(healthyStore());
    inspectPage(STORE_PATH, 3n, { files });
    expectRefused(() => inspectPage(STORE_PATH, 6n, { files }), 'PAGE_BEYOND_END');
    expectRefused(() => inspectPage(STORE_PATH, 2n ** 64n - 1n, { files }), 'PAGE_BEYOND_END');
    for (const kind of ['create', 'write', 'truncate', 'sync', 'link', 'unlink'] as const)
      expect(files.count(kind), kind).to.equal(0);
    expect(files.openHandles).to.equal(0);
  });

  it('tells of a journal only where there is one', () => {
    const files = memoryWith(healthyStore());
    expect(inspectSuperblock(STORE_PATH, { files }).journal).to.equal(false);
    files.set(`${STORE_PATH}-journal`, Buffer.alloc(0));
    expect(inspectSuperblock(STORE_PATH, { files }).journal, 'not complete').to.equal(false);
    const crashed = { files: crashedStore().atCommitPoint };
    expect(inspectSuperblock(STORE_PATH, crashed).journal).to.equal(true);
    expect(inspectPage(STORE_PATH, 2n, crashed).journal).to.equal(true);
  });

  it('shows the page that the end of the file cuts off', () => {
    const files = memoryWith(healthyStore().subarray(0, 2 * PAGE_BYTES + 100));
    const { bytes, filePages, problems, crc } = inspectPage(STORE_PATH, 2n, { files });
    expect({ length: bytes.length, filePages, crc }).to.deep.equal({ length: 100, filePages: 2, crc: undefined });
    expect(problems.map(({ code }) => code)).to.deep.equal(['page-short']);
    const superblock = inspectSuperblock(STORE_PATH, { files });
    expect(superblock.problems.map(({ code }) => code)).to.include.members(['next-page-id', 'ragged-tail']);
  });

  it('has nothing to decode where less than a page does not begin as a store', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(100), Buffer.from('VDBSTOR')]) {
      const files = memoryWith(bytes);
      expectRefused(() => inspectSuperblock(STORE_PATH, { files }), 'NOT_A_STORE');
      expectRefused(() => inspectPage(STORE_PATH, 7n, { files }), 'NOT_A_STORE');
    }
    const files = memoryWith(healthyStore().subarray(0, 30));
    const { problems, parts } = inspectSuperblock(STORE_PATH, { files });
    expect(problems.map(({ code }) => code)).to.deep.equal(['superblock-truncated']);
    expect(valuesOf(parts[0]?.fields ?? [])).to.include({ version: 1, appliedPosition: 9n });
  });

  it('does not judge the fields of what is no superblock at all', () => {
    const { problems } = inspectBytes(Buffer.alloc(PAGE_BYTES, 0x5a), 0, 20_000);
    expect(problems.map(({ code }) => code)).to.deep.equal([
      'superblock-magic',
      'superblock-version',
      'superblock-crc',
    ]);
  });
});
