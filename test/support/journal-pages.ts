/** An independent reader of a finished journal, as far as it says which pages it holds. */
import { crc32 } from 'node:zlib';

const PAGE = 4096;
const ENTRY = 16;
const SLOTS = PAGE / ENTRY;
/** Header and two superblock pages. */
const FIRST_SEGMENT = 3;

/** The ids of the pages that a journal holds; none for one that was not finished. */
export function pagesInJournal(journal: Buffer): number[] {
  const isFinished =
    journal.length >= FIRST_SEGMENT * PAGE && crc32(journal.subarray(0, PAGE - 4)) === journal.readUInt32LE(PAGE - 4);
  if (!isFinished) return [];
  const slots = journal.readUInt32LE(20);
  const pages: number[] = [];
  for (let slot = 0; slot < slots; slot += 1) {
    const segment = FIRST_SEGMENT + Math.floor(slot / SLOTS) * (SLOTS + 1);
    const entry = segment * PAGE + (slot % SLOTS) * ENTRY;
    const page = entry + ENTRY <= journal.length ? Number(journal.readBigUInt64LE(entry)) : 0;
    if (page !== 0) pages.push(page);
  }
  return pages;
}
