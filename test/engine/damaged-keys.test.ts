/** An error of damage says which keys are out of reach: those that cannot be read, and no others. */
import { expect } from 'chai';
import type { BTreeStore } from '../../src/engine/index.js';
import { StoreError, WriteBatch } from '../../src/engine/index.js';
import { type FormatNumber, FORMATS } from '../support/any-format.js';
import { newStore2, putInto, range } from '../support/many-tables.js';
import { MemoryFiles } from '../support/memory-files.js';
import { memoryWith, newStore, openMemory, STORE_PATH } from '../support/memory-store.js';

const PAGE = 4096;
const TABLE = 7n;
const KEYS = Array.from({ length: 120 }, (_, index) => `${'k'.repeat(300)}${String(index).padStart(4, '0')}`);

interface Told {
  readonly from: Buffer | null;
  readonly to: Buffer | null;
}

/** Two versions of each key; in format 2 one of them has 40 more, and one a value in pages of its own. */
function makeStore(format: FormatNumber): Buffer {
  const files = new MemoryFiles();
  const store = newStore(files, format);
  for (const position of [1n, 2n]) {
    const batch = new WriteBatch(position);
    for (const key of KEYS) batch.put(TABLE, key, `v${position}`);
    store.apply(batch);
  }
  if (format === 2) {
    for (let position = 3n; position < 43n; position += 1n)
      store.apply(new WriteBatch(position).put(TABLE, KEYS[50]!, Buffer.alloc(200, Number(position))));
    store.apply(new WriteBatch(43n).put(TABLE, KEYS[70]!, Buffer.alloc(9000, 1)));
  }
  store.sync();
  store.close();
  return files.get(STORE_PATH);
}

function told(error: unknown): Told {
  if (!(error instanceof StoreError)) throw error;
  const { table, fromKeyHex, toKeyHex } = error.facts;
  expect(table, error.message).to.equal(TABLE);
  expect(fromKeyHex, error.message).to.not.equal(undefined);
  const bytes = (hex: unknown): Buffer | null => (typeof hex === 'string' ? Buffer.from(hex, 'hex') : null);
  return { from: bytes(fromKeyHex), to: bytes(toKeyHex) };
}

function tryTo(read: () => unknown): Told | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return told(error);
  }
}

const isIn = (key: string, { from, to }: Told): boolean =>
  (from === null || Buffer.from(key).compare(from) >= 0) && (to === null || Buffer.from(key).compare(to) < 0);

const flipped = (sound: Buffer, page: number): Buffer => {
  const bytes = Buffer.from(sound);
  bytes[page * PAGE + 2100]! ^= 1;
  return bytes;
};

const opened = (bytes: Buffer): BTreeStore => openMemory(memoryWith(bytes), { readOnly: true });

describe('damage on the way to a key', () => {
  for (const format of FORMATS) {
    it(`names all keys that cannot be read, and no others, in format ${format}`, () => {
      const sound = makeStore(format);
      let damages = 0;
      for (let page = 2; page < sound.length / PAGE; page += 1) {
        const store = opened(flipped(sound, page));
        const answers = KEYS.map((key) => tryTo(() => store.get(TABLE, key)));
        const failing = KEYS.filter((_, index) => answers[index] !== undefined);
        for (const answer of answers) {
          if (answer === undefined) continue;
          damages += 1;
          if (KEYS.filter((key) => isIn(key, answer)).join() !== failing.join())
            expect.fail(`page ${page} of other keys`);
        }
        store.close();
      }
      expect(damages).to.be.greaterThan(200);
    });

    it(`says the same to whoever asks, in format ${format}`, () => {
      const sound = makeStore(format);
      const middle = Math.floor(sound.length / PAGE / 4);
      const store = opened(flipped(sound, middle));
      const key = KEYS.find((each) => tryTo(() => store.get(TABLE, each)) !== undefined) ?? '';
      const due = tryTo(() => store.get(TABLE, key));
      expect(due?.to).to.be.instanceOf(Buffer);
      const questions: Readonly<Record<string, () => unknown>> = {
        getMany: () => store.getMany(TABLE, KEYS),
        getVersion: () => store.getVersion(TABLE, key),
        history: () => store.history(TABLE, key),
        explain: () => store.explain(TABLE, key),
        scan: () => store.scan(TABLE, {}, 1000),
        'scan from there': () => store.scan(TABLE, { from: key }, 1000),
        count: () => store.count(TABLE, { from: KEYS[0]! }),
      };
      for (const [name, ask] of Object.entries(questions)) expect(tryTo(ask), name).to.deep.equal(due);
      store.close();
      const writer = openMemory(memoryWith(flipped(sound, middle)));
      const batch = new WriteBatch(writer.appliedPosition + 1n).put(TABLE, key, 'x');
      expect(tryTo(() => writer.apply(batch))).to.deep.equal(due);
      writer.close();
    });
  }

  it('names the keys whose older versions are out of reach, and says that it is those', () => {
    const sound = makeStore(2);
    let found = 0;
    for (let page = 2; page < sound.length / PAGE; page += 1) {
      const store = opened(flipped(sound, page));
      try {
        if (tryTo(() => store.get(TABLE, KEYS[50]!)) !== undefined) continue;
        store.history(TABLE, KEYS[50]!);
      } catch (error) {
        found += 1;
        expect(isIn(KEYS[50]!, told(error))).to.equal(true);
        expect((error as StoreError).facts['tree']).to.equal('history');
      } finally {
        store.close();
      }
    }
    expect(found).to.be.greaterThan(0);
  });

  it('names the table where its record cannot be read', () => {
    const files = new MemoryFiles();
    const store = newStore2(files);
    putInto(store, range(1, 121));
    store.sync();
    store.close();
    const sound = files.get(STORE_PATH);
    let found = 0;
    for (let page = 2; page < sound.length / PAGE; page += 1) {
      const damaged = opened(flipped(sound, page));
      for (const table of [1n, 60n, 120n]) {
        try {
          damaged.get(table, `key-${table}`);
        } catch (error) {
          found += 1;
          expect((error as StoreError).facts).to.include({ table, fromKeyHex: null, toKeyHex: null });
        }
      }
      damaged.close();
    }
    expect(found).to.be.greaterThan(3);
  });
});
