/** Pages of format 2 that are whole, and where they do not belong: what they say of themselves shows it. */
import { expect } from 'chai';
import { WriteBatch } from '../../src/engine/index.js';
import { allRows } from '../fixtures/stores.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { seal } from '../support/format2/encode.js';
import { FIRST_PAGE, PAGE_BYTES, pageOf } from '../support/format2/layout.js';
import { decodeFormat2 } from '../support/format2-decode.js';
import { MemoryFiles } from '../support/memory-files.js';
import { memoryWith, newStore, openMemory, STORE_PATH } from '../support/memory-store.js';
import { Model, type Operation } from '../support/model.js';
import { expectNoWrongAnswers, expectWhole } from '../support/no-wrong-answers.js';
import { type KeyName, readEverything } from '../support/read-everything.js';
import { DAMAGE_MET_BY_WRITES, refusalOf } from '../support/store-errors.js';

interface Made {
  readonly bytes: Buffer;
  readonly model: Model;
}

/** Two tables with internal pages, a history, values in extents; the same pages whatever the values say. */
function makeStore(name: string): Made {
  const files = new MemoryFiles();
  const model = new Model(2);
  const store = newStore(files, 2);
  for (let version = 1; version <= 9; version += 1) {
    const operations = [1n, 2n].flatMap((table) =>
      Array.from({ length: 16 }, (_, index): Operation => {
        const key = Buffer.from(`key-${String(index).padStart(3, '0')}`);
        const length = index % 10 === 0 && version % 4 === 0 ? 6000 : 300;
        return { kind: 'put', table, key, value: Buffer.alloc(length, `${name}/${version}/${index}/`) };
      }),
    );
    const batch = { position: BigInt(version), operations };
    expect(model.apply(batch)).to.equal(undefined);
    store.apply(toWriteBatch(batch));
  }
  store.sync();
  store.close();
  return { bytes: files.get(STORE_PATH), model };
}

const own = makeStore('own');
const other = makeStore('other');
const pages = Array.from({ length: own.bytes.length / PAGE_BYTES - FIRST_PAGE }, (_, index) => FIRST_PAGE + index);
const keys: readonly KeyName[] = own.model
  .tableIds()
  .flatMap((table) => own.model.keys(table).map((keyHex) => ({ table, keyHex })));

/** The store with other bytes on a page; their checksum is right. */
function withPage(page: number, bytes: Uint8Array): Buffer {
  const file = Buffer.from(own.bytes);
  pageOf(file, page).set(bytes);
  seal(pageOf(file, page));
  return file;
}

/** Right or damage, everywhere; and somewhere damage, because all pages are of use. */
function expectDamage(file: Buffer, label: string): void {
  const readings = [undefined, 8n, 7n, 6n, 4n, 2n].map((at) => {
    const reading = readEverything(memoryWith(file), keys, at);
    expectNoWrongAnswers(reading, allRows(own.model, at ?? own.model.appliedPosition));
    return reading;
  });
  expect(
    readings.some(({ keysDamaged, scans }) => keysDamaged.length > 0 && scans.some(({ damaged }) => damaged)),
    label,
  ).to.equal(true);
}

describe('a page that is not where it belongs', () => {
  it('would be one of all kinds here, and in the other store the pages have the same uses', () => {
    const kinds = [own, other].map(({ bytes }) => {
      const decoded = decodeFormat2(bytes);
      for (const { current, history } of decoded.tables) {
        expect(Math.min(current.leaves.length, history.leaves.length)).to.be.greaterThan(1);
      }
      return pages.map((page) => decoded.pages.get(page)?.header.type);
    });
    expect(kinds[0]).to.deep.equal(kinds[1]);
    expect(new Set(kinds[0])).to.include(3);
    expectWhole(readEverything(memoryWith(own.bytes), keys));
  });

  it('but in the place of another one of its store is damage', () => {
    for (const [index, page] of pages.entries()) {
      const neighbour = pages[(index + 1) % pages.length]!;
      const file = withPage(page, pageOf(own.bytes, neighbour));
      pageOf(own.bytes, page).copy(pageOf(file, neighbour));
      expectDamage(file, `pages ${page} and ${neighbour}`);
    }
  });

  it('but in the same place of another store is damage', () => {
    for (const page of pages) expectDamage(withPage(page, pageOf(other.bytes, page)), `page ${page}`);
  });

  for (const [field, offset] of [
    ['its id', 12],
    ['its store', 10],
    ['its table', 16],
    ['its type', 5],
  ] as const) {
    it(`and says so of ${field} is damage`, () => {
      for (const page of pages) {
        const bytes = Buffer.from(pageOf(own.bytes, page));
        bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset);
        expectDamage(withPage(page, bytes), `page ${page}`);
      }
    });
  }

  it('is not written to', () => {
    for (const page of pages) {
      const file = withPage(page, pageOf(other.bytes, page));
      const files = memoryWith(file);
      const store = openMemory(files, { cachePages: 32 });
      const batch = new WriteBatch(10n);
      for (const { table, keyHex } of keys) batch.put(table, Buffer.from(keyHex, 'hex'), Buffer.alloc(300));
      const isTaken = refusalOf(() => store.apply(batch), ...DAMAGE_MET_BY_WRITES) === undefined;
      if (isTaken) store.sync();
      store.close();
      // Only pages that the batch does not need may be damaged: they stay as they were.
      if (isTaken)
        expect(pageOf(files.get(STORE_PATH), page).equals(pageOf(file, page)), `page ${page}`).to.equal(true);
      else expect(files.get(STORE_PATH).equals(file)).to.equal(true);
    }
  });
});
