/** The bytes of a journal: what is written is read back, and a journal with any bit changed is none. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { BTreeStore, WriteBatch } from '../../src/engine/index.js';
import { JournalIndex } from '../../src/engine/journal/index.js';
import { crc32 } from '../../src/engine/bytes/crc32.js';
import {
  decodeEntry,
  decodeJournalHeader,
  encodeEntry,
  encodeJournalHeader,
  ENTRY_SIZE,
  entryOffset,
  imageOffset,
  JOURNAL,
  type JournalHeader,
  segmentLength,
} from '../../src/engine/journal/format.js';
import { CRC_OFFSET } from '../../src/engine/format/layout.js';
import { utf8 } from '../support/bytes.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore, openMemory, STORE_PATH } from '../support/memory-store.js';
import { Random } from '../support/random.js';
import { RecordedFiles } from '../support/recorded-files.js';
import { expectRefused } from '../support/store-errors.js';

const HEADER: JournalHeader = {
  version: 3,
  number: 7,
  placedLength: 2n ** 52n,
  slotCount: 300,
  pageCount: 299,
  descriptorCrc: 0xfedcba98,
  baseCrc: 0x80000001,
  nextCrc: 0xffffffff,
};

describe('the header of a journal', () => {
  it('is read back as it was written', () => {
    expect(decodeJournalHeader(encodeJournalHeader(HEADER))).to.deep.equal(HEADER);
  });

  it('is none with any byte changed, or cut short', () => {
    const bytes = encodeJournalHeader(HEADER);
    for (const offset of [0, 7, 8, 12, 19, 20, 24, 28, 32, 36, 39, 40, 44, 4091, 4092, 4095]) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(offset) ^ 0x10, offset);
      expect(decodeJournalHeader(changed), `byte ${offset}`).to.equal(undefined);
    }
    for (const length of [0, 8, 40, 4095]) expect(decodeJournalHeader(bytes.subarray(0, length))).to.equal(undefined);
  });

  it('of a later version is refused, not taken for an unfinished one', () => {
    const bytes = encodeJournalHeader(HEADER);
    bytes.writeUInt32LE(77, JOURNAL.versionOffset);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, CRC_OFFSET)), CRC_OFFSET);
    expectRefused(() => decodeJournalHeader(bytes), 'UNSUPPORTED_VERSION');
  });
});

describe('the places of a journal', () => {
  it('stand in groups behind their index pages', () => {
    expect([0, 1, 255, 256, 512].map((slot) => imageOffset(slot) / 4096)).to.deep.equal([4, 5, 259, 261, 518]);
    expect([0, 1, 255, 256].map(entryOffset)).to.deep.equal([12288, 12304, 12288 + 255 * 16, 260 * 4096]);
    expect([0, 1, 256, 257].map((count) => segmentLength(count) / 4096)).to.deep.equal([3, 5, 260, 262]);
  });

  it('have entries that are read back as they were written, and none where nothing is', () => {
    const bytes = Buffer.alloc(2 * ENTRY_SIZE);
    const entry = { pageId: 2 ** 32 - 1, oldCrc: 0xffffffff, newCrc: 0x80000000 };
    encodeEntry(bytes, ENTRY_SIZE, entry);
    expect(decodeEntry(bytes, ENTRY_SIZE)).to.deep.equal(entry);
    expect(decodeEntry(bytes, 0)).to.equal(undefined);
  });

  it('are found by page id, in at most 16 bytes a page', () => {
    const slots = new JournalIndex();
    const random = new Random(711);
    const expected = new Map<number, number>();
    for (let slot = 0; slot < 100_000; slot += 1) {
      const pageId = random.chance(0.5) ? slot * 7 : random.below(2 ** 32);
      slots.set(pageId, slot);
      expected.set(pageId, slot);
    }
    for (const [pageId, slot] of expected) expect(slots.slotOf(pageId) === slot).to.equal(true);
    for (let count = 0; count < 1000; count += 1) {
      const pageId = random.below(2 ** 32);
      expect(slots.slotOf(pageId)).to.equal(expected.get(pageId) ?? -1);
    }
    // A byte for what each place is, and four for a page id when they are put in order, come on top.
    expect(slots.byteLength / 100_000).to.be.below(16 - 5);
  });

  it('are documented byte for byte in docs/FORMAT.md', () => {
    const text = readFileSync(new URL('../../docs/FORMAT.md', import.meta.url), 'utf8');
    const journal = text.slice(text.indexOf('## The journal'));
    const offsetOf = (field: string): number =>
      Number(new RegExp(`\\| (\\d+) \\| \\d+ \\| ${field} \\|`).exec(journal)?.[1]);
    expect(offsetOf('magic')).to.equal(JOURNAL.magicOffset);
    expect(offsetOf('version')).to.equal(JOURNAL.versionOffset);
    expect(offsetOf('segment number')).to.equal(JOURNAL.numberOffset);
    expect(offsetOf('placed length')).to.equal(JOURNAL.placedLengthOffset);
    expect(offsetOf('synced segments')).to.equal(JOURNAL.syncedOffset);
    expect(offsetOf('slot count')).to.equal(JOURNAL.slotCountOffset);
    expect(offsetOf('page count')).to.equal(JOURNAL.pageCountOffset);
    expect(offsetOf('descriptor checksum')).to.equal(JOURNAL.descriptorCrcOffset);
    expect(offsetOf('base checksum')).to.equal(JOURNAL.baseCrcOffset);
    expect(offsetOf('new checksum')).to.equal(JOURNAL.nextCrcOffset);
    expect(offsetOf('checksum')).to.equal(CRC_OFFSET);
    expect(journal).to.include(`ASCII \`${JOURNAL.magic}\``);
  });
});

describe('a CRC-32', () => {
  it('goes on from that of the bytes in front, by table and by zlib', () => {
    const bytes = new Random(712).bytes(4096);
    for (let round = 0; round < 300; round += 1) {
      const cut = (round * 37) % 4096;
      expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).to.equal(crc32(bytes));
    }
  });
});

/** A store and the complete journal of a commit of which nothing is in place yet. */
function crashedAtCommitPoint(): MemoryFiles {
  const before = new MemoryFiles();
  const made = newStore(before);
  for (let position = 1n; position <= 3n; position += 1n)
    made.apply(new WriteBatch(position).put(position, 'k', 'old'));
  made.sync();
  made.close();
  const files = new RecordedFiles(before);
  const store = BTreeStore.open(STORE_PATH, { files });
  store.apply(new WriteBatch(4n).put(1n, 'k', 'new').put(2n, 'k', 'new'));
  store.sync();
  store.close();
  return files.crashed(files.log.indexOf('sync store.kmb-journal') + 2, 'nothing');
}

describe('a journal with one bit changed', () => {
  const JOURNAL_PATH = `${STORE_PATH}-journal`;
  const valueIn = (files: MemoryFiles, readOnly: boolean): string => {
    const store = openMemory(files, { readOnly });
    const value = Buffer.from(store.get(1n, utf8('k')) ?? []).toString();
    store.close();
    return value;
  };

  it('anywhere in it holds no commit any more, for readers and writers', () => {
    const crashed = crashedAtCommitPoint();
    const [store, journal] = [crashed.get(STORE_PATH), crashed.get(JOURNAL_PATH)];
    expect(valueIn(crashed, true)).to.equal('new');
    const random = new Random(713);
    // Header, both superblocks, each field of an entry, images; also the unused part of the index page.
    const chosen = [
      0, 8, 12, 20, 24, 28, 32, 36, 4092, 4096, 8000, 8192, 12288, 12296, 12300, 12304, 16000, 16384, 20479,
    ];
    for (const offset of [...chosen, ...Array.from({ length: 60 }, () => random.below(journal.length))]) {
      const files = new MemoryFiles();
      files.set(STORE_PATH, store);
      const changed = Buffer.from(journal);
      changed.writeUInt8(changed.readUInt8(offset) ^ (1 << random.below(8)), offset);
      files.set(JOURNAL_PATH, changed);
      expect(valueIn(files, true), `reader, byte ${offset}`).to.equal('old');
      if (offset < JOURNAL.magic.length) {
        // Without its magic nothing says that the file is ours.
        expectRefused(() => valueIn(files, false), 'SIDE_FILE_FOREIGN');
        expect(files.get(JOURNAL_PATH).equals(changed), `byte ${offset}`).to.equal(true);
        continue;
      }
      expect(valueIn(files, false), `writer, byte ${offset}`).to.equal('old');
      expect(files.paths(), `byte ${offset}`).to.deep.equal([STORE_PATH]);
    }
    for (const length of [0, 8, 4096, 12288, 16384, journal.length - 1]) {
      const files = new MemoryFiles();
      files.set(STORE_PATH, store);
      files.set(JOURNAL_PATH, journal.subarray(0, length));
      expect(valueIn(files, true), `${length} bytes`).to.equal('old');
      expect(valueIn(files, false), `${length} bytes`).to.equal('old');
    }
  });
});
