/** The second reading of format 2 that other tests trust: silent on sound stores, and able to find every fault. */
import { readdirSync, readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { hex, utf8 } from '../support/bytes.js';
import { PAGE_BYTES, pageOf } from '../support/format2/layout.js';
import { type Rule, ruleOf, RULES } from '../support/format2/rules.js';
import { checkFormat2, type CheckOptions2 } from '../support/format2-check.js';
import { FAULTS_2, plantFault } from '../support/format2-damage.js';
import { decodeFormat2 } from '../support/format2-decode.js';
import { everything, SOUND_STORES_2 } from '../support/format2-stores.js';
import {
  DEFAULT_FIRST_HASH,
  type KeySpec2,
  resealFormat2,
  type StoreSpec2,
  writeFormat2,
} from '../support/format2-writer.js';
import { Random } from '../support/random.js';

describe('the second reading of format 2', () => {
  for (const { name, spec } of SOUND_STORES_2) {
    it(`finds nothing in a store with ${name}, and reads it at every position`, () => {
      const file = writeFormat2(spec);
      expect(checkFormat2(file)).to.deep.equal([]);
      expectRead(file, spec);
    });
  }

  it('has a planted fault for every rule', () => {
    const planted = new Set(FAULTS_2.map(({ rule }) => rule));
    expect(Object.keys(RULES).filter((rule) => !planted.has(rule as Rule))).to.deep.equal([]);
  });

  for (const fault of FAULTS_2) {
    it(`finds: ${fault.name} (${fault.rule})`, () => {
      expect(rulesFound(plantFault(fault))).to.deep.equal([fault.rule, ...(fault.also ?? [])].sort());
    });
  }

  it('shares no code with the engine', () => {
    const support = new URL('../support/', import.meta.url);
    const files = readdirSync(support, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /^format2.*\.ts$/.test(name),
    );
    expect(files).to.include.members(['format2-check.ts', 'format2-decode.ts', 'format2/tree.ts']);
    const imports = files.flatMap((name) => readFileSync(new URL(name, support), 'utf8').match(/ from '[^']+'/g) ?? []);
    const allowed = /^ from '(node:(zlib|crypto)|\.\.?\/(format2|bytes|random)[^']*|\.\/[^/']+)'$/;
    expect(imports.filter((text) => !allowed.test(text))).to.deep.equal([]);
  });

  it('says which invariant is broken, and where', () => {
    const file = writeFormat2(everything);
    const [leaf] = decodeFormat2(file).tables[2]!.current.leaves;
    leaf!.items[0]!.writeBigUInt64LE(7n);
    resealFormat2(file, decodeFormat2(file).freePages);
    expect(checkFormat2(file)).to.deep.equal([`next-leaf [4] page ${leaf!.id}: 7, the tree says 18446744073709551615`]);
  });
});

describe('the options of the checker of format 2', () => {
  const sound = writeFormat2(everything);

  it('knows the store id by the hash of the first batch', () => {
    expect(rulesFound(sound, { firstHash: DEFAULT_FIRST_HASH })).to.deep.equal([]);
    expect(rulesFound(sound, { firstHash: Buffer.alloc(32, 2) })).to.deep.equal(['store-id']);
  });

  it('accepts another page 1 when told to', () => {
    const file = Buffer.from(sound);
    pageOf(file, 1).fill(0);
    expect(rulesFound(file, { ignoreCopy: true })).to.deep.equal([]);
  });

  it('accepts pages past the end', () => {
    const file = Buffer.concat([sound, Buffer.alloc(3 * PAGE_BYTES + 5, 1)]);
    expect(rulesFound(file, { allowTail: true })).to.deep.equal([]);
    expect(rulesFound(sound.subarray(0, -1), { allowTail: true })).to.include('file-length');
  });

  it('accepts leaks when told to', () => {
    const file = plantFault(FAULTS_2.find(({ rule }) => rule === 'leaked-page')!);
    expect(rulesFound(file, { allowLeaks: true })).to.deep.equal([]);
  });
});

describe('damage to a store of format 2', () => {
  const sound = writeFormat2(everything);
  const { freePages } = decodeFormat2(sound);
  const anyUsedByte = (random: Random): number => {
    const page = random.below(sound.length / PAGE_BYTES);
    return freePages.has(page) ? anyUsedByte(random) : page * PAGE_BYTES + random.below(PAGE_BYTES);
  };

  it('is found wherever it is, but in free pages', () => {
    const random = new Random(21);
    for (let round = 0; round < 100; round += 1) {
      const file = Buffer.from(sound);
      const at = anyUsedByte(random);
      file.writeUInt8(file.readUInt8(at) ^ random.between(1, 255), at);
      expect(checkFormat2(file), `byte ${at}`).not.to.deep.equal([]);
    }
    const file = Buffer.from(sound);
    for (const page of freePages) pageOf(file, page).fill(random.below(256));
    expect(checkFormat2(file)).to.deep.equal([]);
  });

  it('is found where the file is cut', () => {
    for (let pages = 0; pages < sound.length / PAGE_BYTES; pages += 1) {
      expect(rulesFound(sound.subarray(0, pages * PAGE_BYTES + 4000))).to.include('file-length');
      expect(rulesFound(sound.subarray(0, pages * PAGE_BYTES))).to.include('file-length');
    }
  });

  it('does not stop the reading, whatever the checksums say', () => {
    const random = new Random(22);
    for (let round = 0; round < 200; round += 1) {
      const file = Buffer.from(sound);
      for (let count = random.between(1, 8); count > 0; count -= 1) {
        file.writeUInt8(random.pick([0, 1, 0x7f, 0xff]), anyUsedByte(random));
        // Most of a page is free space: the bytes that mean much are at its ends.
        file.writeUInt8(
          random.below(256),
          Math.floor(anyUsedByte(random) / PAGE_BYTES) * PAGE_BYTES + random.below(300),
        );
      }
      resealFormat2(file, freePages);
      checkFormat2(file);
    }
  });
});

describe('the bytes of format 2', () => {
  /** One batch, which puts `k` = `v` in table 258. */
  const smallest = writeFormat2({
    appliedPosition: 1n,
    tables: [{ id: 258n, keys: [{ key: utf8('k'), events: [{ position: 1n, value: utf8('v') }] }] }],
  });
  const storeId = '7af894ee07d1290d';
  const firstHash = '01'.repeat(32);

  it('are those of the description, in the smallest store', () => {
    const page = pageWith(
      [0, '56445047 02 00 0200 2800 7af8 02000000 0201000000000000 0100000000000000'],
      [32, 'f40f 0800 e40f 1000'],
      [4068, '0100 6b 0100 0100000000000000 0100 76'],
      [4084, 'ffffffffffffffff'],
    );
    const crc = page.readUInt32LE(4092);
    const sums = `${littleEndian(BigInt(crc) % 4_294_967_291n)} ${littleEndian((2n * BigInt(crc)) % 4_294_967_291n)}`;
    const superblock = pageWith(
      [0, `56444253544f5245 02000000 0100000000000000 ${firstHash} 0300000000000000 01000000`],
      [64, `0100000000000000 00000000 00000000 00000000 0c 000000 ${storeId} ${sums}`],
      [104, '00000000 00000000 00 000000 01000000'],
      [256, '01 00 4800 0201000000000000 02000000 00000000 01 00 0000 00000000 01000000 00000000'],
      [292, '0000000000000000 0100000000000000 0100000000000000 0100000000000000 0100000000000000 0000000000000000'],
    );
    expect(hex(smallest)).to.equal(hex(Buffer.concat([superblock, superblock, page])));
  });

  it('are all judged, but for those that can be anything', () => {
    expect(unjudged(smallest)).to.deep.equal([
      // Positions may come past the last event, with any hash and in any number of commits.
      'page 0: 13 to 51',
      'page 0: 64 to 71',
      // The sums follow the pages, which are what is changed here.
      'page 0: 96 to 103',
      // Position 1 may be the oldest that is kept.
      'page 0: 292 to 292',
      // Key and value.
      'page 2: 4070 to 4070',
      'page 2: 4083 to 4083',
    ]);
  });
});

/** A page with digits at offsets, and its checksum. */
function pageWith(...parts: readonly (readonly [number, string])[]): Buffer {
  const page = Buffer.alloc(PAGE_BYTES);
  for (const [at, digits] of parts) Buffer.from(digits.replaceAll(' ', ''), 'hex').copy(page, at);
  page.writeUInt32LE(crc32(page.subarray(0, 4092)), 4092);
  return page;
}

function littleEndian(value: bigint): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(Number(value));
  return hex(bytes);
}

/** Ranges of bytes of superblock and page 2 in which no change is found once all checksums are right again. */
function unjudged(sound: Buffer): string[] {
  const ranges: { page: number; from: number; to: number }[] = [];
  for (const page of [0, 2]) {
    for (let at = 0; at < 4092; at += 1) {
      const file = Buffer.from(sound);
      const byte = page * PAGE_BYTES + at;
      file.writeUInt8(file.readUInt8(byte) ^ 1, byte);
      resealFormat2(file);
      if (checkFormat2(file, { firstHash: DEFAULT_FIRST_HASH }).length > 0) continue;
      const last = ranges.at(-1);
      if (last?.page === page && last.to === at - 1) last.to = at;
      else ranges.push({ page, from: at, to: at });
    }
  }
  return ranges.map(({ page, from, to }) => `page ${page}: ${from} to ${to}`);
}

const rulesFound = (file: Buffer, options: CheckOptions2 = {}): string[] =>
  [...new Set(checkFormat2(file, options).map(ruleOf))].sort();

/** Everything that the store was made of, and nothing else. */
function expectRead(file: Buffer, spec: StoreSpec2): void {
  const decoded = decodeFormat2(file);
  expect(decoded.tables.map(({ record }) => record.id)).to.deep.equal(spec.tables.map(({ id }) => id));
  expect([...decoded.freePages].join()).to.equal((spec.freePages ?? []).join());
  for (const { id, keys } of spec.tables) {
    for (const { key, events } of keys) {
      const expected = events.map(({ position, value }) => ({ position, value: value && hex(value) }));
      expect(decoded.historyOf(id, key)).to.deep.equal(expected);
    }
    const positions = keys.flatMap(({ events }) => events.map(({ position }) => position));
    for (const position of new Set([0n, spec.appliedPosition, ...positions])) {
      expect(decoded.rowsAt(id, position)).to.deep.equal(keys.flatMap((key) => rowOf(key, position)));
    }
  }
}

function rowOf({ key, events }: KeySpec2, at: bigint): object[] {
  const index = events.findIndex(({ position }) => position <= at);
  const event = events[index];
  if (event === undefined || event.value === null) return [];
  const deletedAt = events[index - 1]?.position ?? null;
  return [{ key: hex(key), value: hex(event.value), createdAt: event.position, deletedAt }];
}
