/**
 * The bytes of a redo journal, little-endian, in pages like a store's. A journal is segments, one after the other, each
 * of one commit.
 *
 * Header (page 0 of a segment)                 Entry of a descriptor page
 * | offset | size | field                  |   | offset | size | field                       |
 * |      0 |    8 | magic VDBJOURN         |   |      0 |    8 | page id, 0 = slot not used  |
 * |      8 |    4 | journal version        |   |      8 |    4 | CRC-32 of the old page      |
 * |     12 |    8 | placed length, bytes   |   |     12 |    4 | CRC-32 of the new page      |
 * |     20 |    4 | slot count             |
 * |     24 |    4 | page count             |   Page 1 is the base superblock, page 2 the new one. From page 3 on
 * |     28 |    4 | descriptor checksum    |   come blocks: a descriptor page with 256 entries, and the images
 * |     32 |    4 | base superblock CRC    |   of their pages: entry and image of a slot are found by its
 * |     36 |    4 | new superblock CRC     |   number alone. The last block ends with its last slot, and there
 * |     40 |    4 | segment number         |   the next segment begins.
 * |   4092 |    4 | CRC-32 of the header   |
 *
 * Until then page 0 of a segment is the open page: the magic, 0 instead of a version, from offset 12 on the id of the
 * writer's lock, 12 bytes of text, and how many segments before it are synced. Temporary files begin with it, too: it
 * says whose they are.
 *
 * The header is written last. Its checksums cover the two superblocks and the descriptor pages, whose entries have the
 * checksums of the images: a segment of which any sector is missing, or is left from another time, does not hold. Its
 * base superblock is the new one of the segment before.
 *
 * docs/FORMAT.md is the authority; a test compares these numbers with it.
 */
import { StoreError } from '../errors.js';
import { crc32 } from '../bytes/crc32.js';
import { JOURNAL_VERSIONS } from '../format/formats.js';
import { CRC_OFFSET, PAGE_SIZE } from '../format/layout.js';
import { readU64, U64, writeU64 } from '../bytes/u64.js';

export const JOURNAL = {
  magic: 'VDBJOURN',
  magicOffset: 0,
  versionOffset: 8,
  /** Instead of a version: nothing here counts yet. */
  open: 0,
  lockIdOffset: 12,
  syncedOffset: 24,
  placedLengthOffset: 12,
  slotCountOffset: 20,
  pageCountOffset: 24,
  descriptorCrcOffset: 28,
  baseCrcOffset: 32,
  nextCrcOffset: 36,
  numberOffset: 40,
  /** Pages of a segment: where the two superblocks are, and where the blocks begin. */
  basePage: 1,
  nextPage: 2,
  firstBlockPage: 3,
} as const;

export const ENTRY_SIZE = 16;
const WORD = 2 ** 32;
const ENTRY = { pageIdOffset: 0, oldCrcOffset: 8, newCrcOffset: 12 } as const;

export const SLOTS_PER_BLOCK = PAGE_SIZE / ENTRY_SIZE;

export interface JournalHeader {
  /** Tells of which format the store is. */
  readonly version: number;
  /** The first segment has 1, each further one 1 more. */
  readonly number: number;
  /** Bytes of the store file that are on disk when the segment counts. */
  readonly placedLength: bigint;
  /** Slots for pages, those that are not used included. */
  readonly slotCount: number;
  /** Pages that the segment holds. */
  readonly pageCount: number;
  /** CRC-32 over all descriptor pages, one after the other. */
  readonly descriptorCrc: number;
  /** The stored checksums of the superblocks, the one that the segment is based on and the one that it leads to. */
  readonly baseCrc: number;
  readonly nextCrc: number;
}

export interface JournalEntry {
  readonly pageId: number;
  readonly oldCrc: number;
  readonly newCrc: number;
}

/**
 * The page with which a file, or a segment, begins that a writer is at work on. It has no checksum, so that no release
 * takes it for a header.
 *
 * @param synced how many segments of a journal are before it: each of them is on disk
 */
export function encodeOpenPage(lockId: string, synced = 0): Buffer {
  const bytes = Buffer.alloc(PAGE_SIZE);
  bytes.write(JOURNAL.magic, JOURNAL.magicOffset, 'latin1');
  bytes.writeUInt32LE(JOURNAL.open, JOURNAL.versionOffset);
  bytes.write(lockId, JOURNAL.lockIdOffset, 'latin1');
  bytes.writeUInt32LE(synced, JOURNAL.syncedOffset);
  return bytes;
}

/** Whether a page has the magic of a journal. */
export function beginsAsJournal(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, JOURNAL.magic.length) === JOURNAL.magic;
}

/** How many segments of a journal are on disk before an open page; undefined for a page that is none. */
export function syncedBefore(bytes: Buffer): number | undefined {
  const isOpen = beginsAsJournal(bytes) && bytes.readUInt32LE(JOURNAL.versionOffset) === JOURNAL.open;
  return isOpen ? bytes.readUInt32LE(JOURNAL.syncedOffset) : undefined;
}

/** The header page, sealed. */
export function encodeJournalHeader(header: JournalHeader): Buffer {
  const bytes = Buffer.alloc(PAGE_SIZE);
  const view = viewOf(bytes);
  bytes.write(JOURNAL.magic, JOURNAL.magicOffset, 'latin1');
  view.setUint32(JOURNAL.versionOffset, header.version, true);
  view.setUint32(JOURNAL.numberOffset, header.number, true);
  writeU64(view, JOURNAL.placedLengthOffset, U64.from(header.placedLength));
  view.setUint32(JOURNAL.slotCountOffset, header.slotCount, true);
  view.setUint32(JOURNAL.pageCountOffset, header.pageCount, true);
  view.setUint32(JOURNAL.descriptorCrcOffset, header.descriptorCrc, true);
  view.setUint32(JOURNAL.baseCrcOffset, header.baseCrc, true);
  view.setUint32(JOURNAL.nextCrcOffset, header.nextCrc, true);
  view.setUint32(CRC_OFFSET, crc32(bytes.subarray(0, CRC_OFFSET)), true);
  return bytes;
}

/**
 * Reads a header.
 *
 * @returns undefined for what is none, because the journal was never finished
 * @throws StoreError `UNSUPPORTED_VERSION`: it is whole, and a later release wrote it
 */
export function decodeJournalHeader(bytes: Buffer): JournalHeader | undefined {
  if (bytes.length < PAGE_SIZE || !beginsAsJournal(bytes)) return undefined;
  const view = viewOf(bytes);
  const version = view.getUint32(JOURNAL.versionOffset, true);
  if (version === JOURNAL.open || !hasValidChecksum(bytes)) return undefined;
  if (!JOURNAL_VERSIONS.includes(version)) throw unsupportedJournal(version, JOURNAL_VERSIONS);
  return {
    version,
    number: view.getUint32(JOURNAL.numberOffset, true),
    placedLength: readU64(view, JOURNAL.placedLengthOffset),
    slotCount: view.getUint32(JOURNAL.slotCountOffset, true),
    pageCount: view.getUint32(JOURNAL.pageCountOffset, true),
    descriptorCrc: view.getUint32(JOURNAL.descriptorCrcOffset, true),
    baseCrc: view.getUint32(JOURNAL.baseCrcOffset, true),
    nextCrc: view.getUint32(JOURNAL.nextCrcOffset, true),
  };
}

/** The error for a journal of another version than these. */
export function unsupportedJournal(found: number, expected: readonly number[]): StoreError {
  const message = `the journal says version ${found}; this release reads version ${expected.join(' and ')}`;
  return new StoreError('UNSUPPORTED_VERSION', message, { expected: Math.max(...expected), found });
}

/** Writes an entry at `offset`. */
export function encodeEntry(bytes: Buffer, offset: number, entry: JournalEntry): void {
  bytes.writeUInt32LE(entry.pageId % WORD, offset + ENTRY.pageIdOffset);
  bytes.writeUInt32LE(Math.floor(entry.pageId / WORD), offset + ENTRY.pageIdOffset + 4);
  bytes.writeUInt32LE(entry.oldCrc, offset + ENTRY.oldCrcOffset);
  bytes.writeUInt32LE(entry.newCrc, offset + ENTRY.newCrcOffset);
}

/** Reads the entry at `offset`; undefined for a slot that is not used. */
export function decodeEntry(bytes: Buffer, offset: number): JournalEntry | undefined {
  const low = bytes.readUInt32LE(offset + ENTRY.pageIdOffset);
  const pageId = bytes.readUInt32LE(offset + ENTRY.pageIdOffset + 4) * WORD + low;
  if (pageId === 0) return undefined;
  return {
    pageId,
    oldCrc: bytes.readUInt32LE(offset + ENTRY.oldCrcOffset),
    newCrc: bytes.readUInt32LE(offset + ENTRY.newCrcOffset),
  };
}

/** The entries of a descriptor page whose slots are used. */
export function* entriesOf(descriptor: Buffer): Generator<JournalEntry> {
  for (let offset = 0; offset < PAGE_SIZE; offset += ENTRY_SIZE) {
    const entry = decodeEntry(descriptor, offset);
    if (entry !== undefined) yield entry;
  }
}

/** Byte offset, in its segment, of the descriptor page of a block. */
export function descriptorOffset(block: number): number {
  return (JOURNAL.firstBlockPage + block * (SLOTS_PER_BLOCK + 1)) * PAGE_SIZE;
}

/** Byte offset, in its segment, of a slot's entry. */
export function entryOffset(slot: number): number {
  return descriptorOffset(blockOf(slot)) + (slot % SLOTS_PER_BLOCK) * ENTRY_SIZE;
}

/** Byte offset, in its segment, of a slot's image. */
export function imageOffset(slot: number): number {
  return descriptorOffset(blockOf(slot)) + (1 + (slot % SLOTS_PER_BLOCK)) * PAGE_SIZE;
}

/** Bytes of a segment with this many slots. */
export function segmentLength(slotCount: number): number {
  return slotCount === 0 ? descriptorOffset(0) : imageOffset(slotCount - 1) + PAGE_SIZE;
}

export function blockCount(slotCount: number): number {
  return Math.ceil(slotCount / SLOTS_PER_BLOCK);
}

export function blockOf(slot: number): number {
  return Math.floor(slot / SLOTS_PER_BLOCK);
}

/** The checksum that stands at the end of a page. */
export function storedCrc(page: Buffer): number {
  return page.readUInt32LE(CRC_OFFSET);
}

/** Whether a page is whole: its bytes have the checksum that stands at its end. */
export function hasValidChecksum(page: Buffer): boolean {
  return crc32(page.subarray(0, CRC_OFFSET)) === storedCrc(page);
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
