/** Pages of format 2 as they are inspected: sound ones to the last byte, damaged ones as far as they can be. */
import { expect } from 'chai';
import {
  bitsOfValue,
  inspectBytes,
  inspectPage,
  inspectSuperblock,
  type PageInspection,
  type Part,
  regionsOf,
} from '../../src/engine/index.js';
import { crashedStore } from '../support/crashed-store.js';
import { decodeFormat2 } from '../support/format2-decode.js';
import { FAULTS_2, plantFault } from '../support/format2-damage.js';
import { everything, everythingWithCatalogue, smallStore, SOUND_STORES_2 } from '../support/format2-stores.js';
import { writeFormat2 } from '../support/format2-writer.js';
import { seal } from '../support/format2/encode.js';
import { PAGE_BYTES, pageOf } from '../support/format2/layout.js';
import type { Page2 } from '../support/format2/page.js';
import { memoryWith, STORE_PATH } from '../support/memory-store.js';
import { Random } from '../support/random.js';

const PAGES_OF_A_STORE = 40;

function* pagesOf(bytes: Buffer): Generator<PageInspection> {
  for (let page = 0; page * PAGE_BYTES < bytes.length && page < PAGES_OF_A_STORE; page += 1) {
    yield inspectBytes(Buffer.from(pageOf(bytes, page)), page, bytes.length, 2);
  }
}

const valuesOf = ({ fields }: Part): Record<string, unknown> =>
  Object.fromEntries(fields.map(({ field, value }) => [field.name, value]));

const partsOf = ({ parts }: { readonly parts: readonly Part[] }, kind: Part['kind']): Part[] =>
  parts.filter((part) => part.kind === kind);

/** No byte is left out, and none is told twice. */
function expectPartition({ parts, problems, page }: PageInspection): void {
  let end = 0;
  for (const { offset, size } of regionsOf(parts, problems)) {
    expect(offset, `page ${page}`).to.equal(end);
    end = offset + size;
  }
  expect(end, `page ${page}`).to.equal(PAGE_BYTES);
}

describe('the pages of a sound store of format 2', () => {
  for (const { name, spec } of SOUND_STORES_2) {
    it(`with ${name}: nothing is wrong, and every byte is explained exactly once`, () => {
      const bytes = writeFormat2(spec);
      const { pages } = decodeFormat2(bytes);
      for (const inspection of pagesOf(bytes)) {
        const { page, problems, parts } = inspection;
        // What is in a free page means nothing.
        if (spec.freePages?.includes(page) === true) continue;
        const codes = problems.map(({ code }) => code);
        expect(codes, `page ${page}`).to.deep.equal(page < 2 && spec.compatibleFeatures === 2 ? ['salvaged'] : []);
        expectPartition(inspection);
        const kinds = regionsOf(parts, problems).flatMap(({ path }) => path.map(({ kind }) => kind));
        expect(kinds, `page ${page}`).to.not.include('unread');
        const expected = pages.get(page);
        if (expected !== undefined) expectContent(inspection, expected);
      }
    });
  }
});

/** The fields are what the second reading of the format says. */
function expectContent(inspection: PageInspection, { header, content }: Page2): void {
  const { version, type, storeTag, ...read } = valuesOf(partsOf(inspection, 'header')[0]!);
  expect({ version, type }).to.deep.equal({ version: 2, type: header.type });
  expect(storeTag).to.equal(header.storeTag.readUInt16LE(0));
  expect(read).to.include({ pageId: header.pageId, table: header.tableId, stamp: header.stamp });
  const [link, ...items] = partsOf(inspection, 'item');
  switch (content?.kind) {
    case 'internal':
      expect([link!, ...items].map((item) => valuesOf(item)['child'])).to.deep.equal(content.children);
      break;
    case 'value': {
      const [value] = partsOf(inspection, 'value');
      expect(valuesOf(value!)).to.include({ ordinal: content.ordinal, valueLength: content.length });
      break;
    }
    case 'leaf':
    case 'history-leaf':
      expect(valuesOf(link!)['next']).to.equal(content.next);
      expect(items.map((item) => partsOf(item, 'event').filter(isOwn).map(eventOf))).to.deep.equal(
        content.items.map(({ events }) => events.map(({ position, kind }) => ({ position, kind }))),
      );
      if (content.kind === 'history-leaf') {
        const keys = items.map(valuesOf).map(({ key, from }) => ({ key, from }));
        expect(keys).to.deep.equal(content.items.map(({ key, from }) => ({ key, from })));
      }
      break;
    case undefined:
      expect.fail('the page cannot be read');
  }
}

const MARKER = 0xfffd;
const isOwn = (event: Part): boolean => valuesOf(event)['size'] !== MARKER;

function eventOf(event: Part): { readonly position: unknown; readonly kind: string } {
  const { position, size } = valuesOf(event);
  return { position, kind: size === 0xffff ? 'deleted' : size === 0xfffe ? 'external' : 'inline' };
}

describe('the superblock of format 2', () => {
  const recordsOf = (inspection: PageInspection): Part[] => partsOf(inspection, 'record');

  it('has its tables and its free pages as records', () => {
    const [superblock] = pagesOf(writeFormat2(everything));
    const records = recordsOf(superblock!);
    expect(records.map(valuesOf).map(({ kind, id }) => [kind, id])).to.deep.equal([
      [1, 1n],
      [1, 7n],
      [1, 9n],
      [1, 11n],
      [2, 0n],
    ]);
    expect(valuesOf(partsOf(records[1]!, 'table')[0]!)).to.include({
      root: 29,
      historyRoot: 28,
      valuePages: 6,
      rows: 4n,
    });
    const [freeMap] = partsOf(records[4]!, 'freeMap');
    expect(freeMap?.facts).to.deep.equal({
      free: [
        { first: 4n, count: 2 },
        { first: 17n, count: 1 },
      ],
    });
    expect(freeMap?.fields[0]?.text).to.equal('4 to 5, 17');
  });

  it('has them in the pages of the catalogue, when they are there', () => {
    const bytes = writeFormat2(everythingWithCatalogue);
    const records = [...pagesOf(bytes)].flatMap((page) =>
      partsOf(page, 'item').flatMap((item) => partsOf(item, 'event')),
    );
    expect(records.filter((event) => partsOf(event, 'table').length > 0)).to.have.length(4);
    expect(records.filter((event) => partsOf(event, 'freeMap').length > 0)).to.have.length(1);
  });

  it('names its features', () => {
    const [superblock] = pagesOf(writeFormat2({ ...smallStore, compatibleFeatures: 2 + 8 }));
    const fields = superblock!.parts[0]!.fields;
    expect(fields.flatMap(({ field, value }) => bitsOfValue(field, value))).to.deep.equal([
      'salvaged with losses',
      '8',
    ]);
  });

  it('is page 1, too, and that is told apart only where it differs', () => {
    const bytes = writeFormat2(smallStore);
    expect(inspectSuperblock(STORE_PATH, { files: memoryWith(bytes) }).copy).to.equal(undefined);
    expect(inspectPage(STORE_PATH, 1n, { files: memoryWith(bytes) })).to.include({ kind: 'superblock', page: 1 });
    pageOf(bytes, 1).writeBigUInt64LE(9n, 64);
    seal(pageOf(bytes, 1));
    const { problems, copy, isCopyUsed } = inspectSuperblock(STORE_PATH, { files: memoryWith(bytes) });
    expect(problems).to.deep.equal([]);
    expect(copy?.problems).to.deep.include({
      code: 'superblock-copies',
      offset: 64,
      expected: 1,
      found: 9,
      message: 'pages 0 and 1 are both whole, and not the same superblock',
    });
    expect(isCopyUsed).to.equal(true);
  });

  it('is known by its copy where page 0 is lost', () => {
    const bytes = writeFormat2(smallStore);
    pageOf(bytes, 0).fill(0x5a);
    const files = memoryWith(bytes);
    const superblock = inspectSuperblock(STORE_PATH, { files });
    expect(superblock).to.include({ isStore: false, isCopyUsed: true });
    expect(superblock.copy?.problems).to.deep.equal([]);
    expect(inspectPage(STORE_PATH, 2n, { files }).problems).to.deep.equal([]);
  });

  it('is not compared with its copy while a journal is over both', () => {
    const { inPlace } = crashedStore(2);
    const { journal, copy } = inspectSuperblock(STORE_PATH, { files: inPlace });
    expect(journal).to.equal(true);
    expect(copy?.problems.map(({ code }) => code)).to.not.include('superblock-copies');
  });
});

describe('the pages of a damaged store of format 2', () => {
  it('are inspected to the last byte, whatever is wrong with them', () => {
    for (const fault of FAULTS_2.filter((_, index) => index % 4 === 0)) {
      for (const inspection of pagesOf(plantFault(fault))) expectCovered(inspection);
    }
  });

  it('are so when they are random bytes', () => {
    const random = new Random(51);
    const stores = [everything, everythingWithCatalogue].map((spec) => writeFormat2(spec));
    for (let round = 0; round < 300; round += 1) {
      const store = random.pick(stores);
      const bytes = Buffer.from(pageOf(store, random.below(store.length / PAGE_BYTES)));
      for (let count = random.below(8); count > 0; count -= 1) {
        bytes[random.chance(0.6) ? random.below(80) : random.below(PAGE_BYTES)] = random.below(256);
      }
      const cut = random.chance(0.3) ? bytes.subarray(0, random.between(1, PAGE_BYTES)) : bytes;
      expectCovered(inspectBytes(cut, random.below(40), store.length, 2));
    }
  });
});

/** No byte is left out, and nothing is outside the bytes. */
function expectCovered({ bytes, parts, problems, page }: PageInspection): void {
  const seen = new Uint8Array(bytes.length);
  for (const { offset, size } of regionsOf(parts, problems)) {
    expect(offset + size).to.be.at.most(bytes.length);
    seen.fill(1, offset, offset + size);
  }
  expect(seen.indexOf(0), `page ${page}`).to.equal(-1);
}
