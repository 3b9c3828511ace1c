/** What the superblock says of the store, and of itself. */
import { createHash } from 'node:crypto';
import { U64_MAX } from '../bytes.js';
import type { Decoded2 } from '../format2-decode.js';
import { FIRST_PAGE, isZero, KNOWN_FEATURES, PAGE_BYTES, pageOf } from './layout.js';
import type { Report } from './rules.js';
import type { Superblock2 } from './superblock.js';

export function checkSuperblock(superblock: Superblock2, firstHash: Uint8Array | undefined, report: Report): void {
  const { appliedPosition, appliedHash, nextPageId, pageSizePower } = superblock;
  if (appliedPosition === U64_MAX) report('applied-position', 'beyond the last possible position');
  if (appliedPosition === 0n && !isZero(appliedHash)) report('applied-hash', 'a hash although nothing is applied');
  if (nextPageId < FIRST_PAGE) report('next-page-id', `${nextPageId}, below both superblocks`);
  if (pageSizePower !== 12) report('page-size', `2^${pageSizePower}`);
  checkFeatures(superblock, report);
  checkStoreId(superblock, firstHash, report);
}

function checkFeatures({ features }: Superblock2, report: Report): void {
  for (const set of ['compatible', 'readOnlyCompatible', 'incompatible'] as const) {
    const unknown = features[set] & ~KNOWN_FEATURES[set];
    if (unknown !== 0) report('feature-unknown', `${set} ${unknown >>> 0}`);
  }
}

/** Set with the first batch; from then on it is the start of SHA-256(h(1) ‖ `kmb-store`), if that is given. */
function checkStoreId(superblock: Superblock2, firstHash: Uint8Array | undefined, report: Report): void {
  const { storeId, appliedPosition } = superblock;
  if (appliedPosition > 0n && isZero(storeId)) report('store-id', 'zero although batches are applied');
  if (firstHash === undefined || appliedPosition === 0n) return;
  const expected = createHash('sha256').update(firstHash).update('kmb-store').digest().subarray(0, 8);
  if (!storeId.equals(expected)) {
    report('store-id', `${storeId.toString('hex')}, the first batch gives ${expected.toString('hex')}`);
  }
}

/** All in the superblock, or all in the catalogue. */
export function checkRecordPlace({ catalogueRoot, recordCount }: Superblock2, report: Report): void {
  if (catalogueRoot !== 0 && recordCount !== 0) {
    report('record-count', `${recordCount} records in the superblock beside a catalogue`);
  }
}

export function checkCopy(file: Buffer, report: Report): void {
  const [base, copy] = [pageOf(file, 0), pageOf(file, 1)];
  const at = base.findIndex((byte, index) => byte !== copy[index]);
  if (at !== -1) report('superblock-copy', `differs from page 0 at byte ${at}`);
}

export function checkLength(file: Buffer, superblock: Superblock2, allowTail: boolean, report: Report): void {
  const expected = superblock.nextPageId * BigInt(PAGE_BYTES);
  const length = BigInt(file.length);
  if (length < expected || (length > expected && !allowTail)) {
    report('file-length', `${length} bytes, the next page id ${superblock.nextPageId} makes it ${expected}`);
  }
}

/** Free pages, reached pages and leaks are all pages below the next page id; no page is two of them. */
export function checkFreeMap(
  decoded: Decoded2,
  superblock: Superblock2,
  allowLeaks: boolean,
  report: (page: number) => Report,
): void {
  const { freePages, reachedPages } = decoded;
  if (freePages.size !== superblock.freePages) {
    report(0)('free-count', `${superblock.freePages}, the free map has ${freePages.size}`);
  }
  for (const page of freePages) {
    if (page < FIRST_PAGE || BigInt(page) >= superblock.nextPageId) report(page)('free-range', 'cannot be free');
    if (reachedPages.has(page)) report(page)('free-reached', 'is free, and reached');
  }
  if (allowLeaks) return;
  for (const page of pagesInUse(decoded, superblock)) {
    if (!reachedPages.has(page)) report(page)('leaked-page', 'is neither reached nor free');
  }
}

export const SUM_MODULUS = 4_294_967_291n;

/** Straight from the definition: Σ c(i) and Σ i·c(i) over all pages in use, with the checksums that they store. */
export function checkSums(decoded: Decoded2, superblock: Superblock2, report: Report): void {
  let sum = 0n;
  let weighted = 0n;
  for (const id of pagesInUse(decoded, superblock)) {
    const checksum = BigInt(decoded.pages.get(id)?.storedCrc ?? 0);
    sum += checksum;
    weighted += BigInt(id) * checksum;
  }
  const expected = [sum % SUM_MODULUS, weighted % SUM_MODULUS];
  const found = superblock.sums.map(BigInt);
  if (found[0] !== expected[0] || found[1] !== expected[1]) {
    report('page-sum', `${found.join(' and ')}, the pages make it ${expected.join(' and ')}`);
  }
}

/** From 2 on, below the next page id, not free; leaks are among them. */
function pagesInUse({ pages, freePages }: Decoded2, { nextPageId }: Superblock2): number[] {
  return [...pages.keys()].filter((id) => BigInt(id) < nextPageId && !freePages.has(id));
}
