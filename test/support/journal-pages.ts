/** An independent reader of a journal, as far as it says which pages its commits hold. */
import { crc32 } from 'node:zlib';
import type { MemoryFiles } from './memory-files.js';
import { STORE_PATH } from './memory-store.js';

const PAGE = 4096;
const ENTRY = 16;
const SLOTS = PAGE / ENTRY;
/** Header and two superblock pages. */
const FIRST_BLOCK = 3;

export interface JournalSegment {
  /** The pages that it holds, by their ids. */
  readonly images: ReadonlyMap<number, Buffer>;
  /** The superblock page that it leads to. */
  readonly next: Buffer;
}

/** The segments of a journal, as far as their headers are whole. */
export function segmentsOf(journal: Buffer): JournalSegment[] {
  const segments: JournalSegment[] = [];
  for (let start = 0; isHeader(journal.subarray(start, start + PAGE));) {
    const slots = journal.readUInt32LE(start + 20);
    const next = Buffer.from(journal.subarray(start + 2 * PAGE, start + 3 * PAGE));
    segments.push({ images: imagesOf(journal.subarray(start), slots), next });
    start += (slots === 0 ? FIRST_BLOCK : pageOfSlot(slots - 1) + 1) * PAGE;
  }
  return segments;
}

/** A store as its last commit left it, in its file or in the journal beside it. */
export function committedIn(files: MemoryFiles): Buffer {
  const journal = `${STORE_PATH}-journal`;
  const store = files.get(STORE_PATH);
  return files.paths().includes(journal) ? withJournal(store, files.get(journal)) : store;
}

/** A store as its journal makes it, all of whose segments are whole. */
function withJournal(store: Buffer, journal: Buffer): Buffer {
  const segments = segmentsOf(journal);
  const superblock = segments.at(-1)?.next;
  if (superblock === undefined) return store;
  const pages = new Map(segments.flatMap(({ images }) => [...images]));
  const length = Math.max(store.length, ...[...pages.keys()].map((page) => (page + 1) * PAGE));
  const made = Buffer.alloc(length);
  store.copy(made);
  for (const [page, image] of pages) image.copy(made, page * PAGE);
  const isFormat2 = superblock.readUInt32LE(8) === 2;
  for (const page of isFormat2 ? [0, 1] : [0]) superblock.copy(made, page * PAGE);
  return made;
}

function imagesOf(segment: Buffer, slots: number): Map<number, Buffer> {
  const images = new Map<number, Buffer>();
  for (let slot = 0; slot < slots; slot += 1) {
    const block = FIRST_BLOCK + Math.floor(slot / SLOTS) * (SLOTS + 1);
    const entry = block * PAGE + (slot % SLOTS) * ENTRY;
    const page = entry + ENTRY <= segment.length ? Number(segment.readBigUInt64LE(entry)) : 0;
    const image = pageOfSlot(slot) * PAGE;
    if (page !== 0) images.set(page, segment.subarray(image, image + PAGE));
  }
  return images;
}

const isHeader = (page: Buffer): boolean =>
  page.length === PAGE &&
  page.readUInt32LE(8) !== 0 &&
  crc32(page.subarray(0, PAGE - 4)) === page.readUInt32LE(PAGE - 4);

const pageOfSlot = (slot: number): number => FIRST_BLOCK + Math.floor(slot / SLOTS) * (SLOTS + 1) + 1 + (slot % SLOTS);
