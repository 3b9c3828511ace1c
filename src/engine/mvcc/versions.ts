/**
 * The versions of a leaf entry, newest first, worked on in place (bytes: format/entry-layout.ts).
 *
 * A version is visible at position P when created at ≤ P < deleted at. An empty interval (a key written twice in one
 * batch by another writer) is legal and never visible.
 */
import type { Operation } from '../format/batch.js';
import { copyBytes } from '../format/bytes.js';
import { ENTRY_OVERHEAD, VERSION_HEADER } from '../format/entry-layout.js';
import type { Page } from '../format/page.js';
import { compareU64At, isMaxU64At, readU64, type U64, writeMaxU64, writeU64 } from '../format/u64.js';

/** One version of a key. `deletedAt` is null while it is current. */
export interface RowVersion {
  readonly value: Uint8Array;
  readonly createdAt: bigint;
  readonly deletedAt: bigint | null;
}

/** Where an entry's version count stands. */
function countOffset(page: Page, index: number): number {
  const item = page.itemOffset(index);
  return item + 2 + page.view.getUint16(item, true);
}

export function versionCount(page: Page, index: number): number {
  return page.view.getUint16(countOffset(page, index), true);
}

/** Where an entry's newest version starts. */
export function newestVersion(page: Page, index: number): number {
  return countOffset(page, index) + 2;
}

/** Where the version behind (older than) the one at `offset` starts. */
export function nextVersion(page: Page, offset: number): number {
  return offset + VERSION_HEADER.size + page.view.getUint32(offset + VERSION_HEADER.lengthOffset, true);
}

export function isOpen(page: Page, version: number): boolean {
  return isMaxU64At(page.view, version + VERSION_HEADER.deletedAtOffset);
}

/** Where the version visible at `at` starts, -1 when there is none. */
export function findVisible(page: Page, index: number, at: U64): number {
  let version = newestVersion(page, index);
  for (let left = versionCount(page, index); left > 0; left--) {
    if (isVisible(page, version, at)) return version;
    version = nextVersion(page, version);
  }
  return -1;
}

function isVisible(page: Page, version: number, at: U64): boolean {
  return (
    compareU64At(page.view, version + VERSION_HEADER.createdAtOffset, at) <= 0 &&
    compareU64At(page.view, version + VERSION_HEADER.deletedAtOffset, at) > 0
  );
}

/** Whether the version begins or ends at `at` or later: no batch at `at` can have been given that version before. */
export function reaches(page: Page, version: number, at: U64): boolean {
  const deletedAt = version + VERSION_HEADER.deletedAtOffset;
  return (
    compareU64At(page.view, version + VERSION_HEADER.createdAtOffset, at) >= 0 ||
    (!isMaxU64At(page.view, deletedAt) && compareU64At(page.view, deletedAt, at) >= 0)
  );
}

/** A copy of the version at `offset`; a deletion beyond `applied` is not known yet and counts as open. */
export function copyVersion(page: Page, offset: number, applied: U64): RowVersion {
  const deletedAt = offset + VERSION_HEADER.deletedAtOffset;
  const data = offset + VERSION_HEADER.size;
  return {
    value: Buffer.from(page.bytes.subarray(data, nextVersion(page, offset))),
    createdAt: readU64(page.view, offset + VERSION_HEADER.createdAtOffset),
    deletedAt: compareU64At(page.view, deletedAt, applied) > 0 ? null : readU64(page.view, deletedAt),
  };
}

/** All versions of an entry up to `applied`, newest first, without the empty ones that no position can see. */
export function copyHistory(page: Page, index: number, applied: U64): RowVersion[] {
  const versions: RowVersion[] = [];
  let offset = newestVersion(page, index);
  for (let left = versionCount(page, index); left > 0; left--) {
    const known = compareU64At(page.view, offset + VERSION_HEADER.createdAtOffset, applied) <= 0;
    const version = known ? copyVersion(page, offset, applied) : undefined;
    if (version !== undefined && version.createdAt !== version.deletedAt) versions.push(version);
    offset = nextVersion(page, offset);
  }
  return versions;
}

/** Ends the version at `offset`: it is visible below `at`, and no longer from there on. */
export function closeVersion(page: Page, offset: number, at: U64): void {
  writeU64(page.view, offset + VERSION_HEADER.deletedAtOffset, at);
}

/** Writes an entry with one open version, `entrySize` bytes, at `offset` of a page or buffer. */
export function writeEntry(target: DataView, offset: number, operation: Operation, at: U64): void {
  target.setUint16(offset, operation.length, true);
  copyBytes(operation.view, operation.start, target, offset + 2, operation.length);
  target.setUint16(offset + 2 + operation.length, 1, true);
  writeVersion(target, offset + ENTRY_OVERHEAD + operation.length, operation, at);
}

/** Writes one open version, header and data, at `offset` of a page or buffer. */
export function writeVersion(target: DataView, offset: number, operation: Operation, at: U64): void {
  writeU64(target, offset + VERSION_HEADER.createdAtOffset, at);
  writeMaxU64(target, offset + VERSION_HEADER.deletedAtOffset);
  target.setUint32(offset + VERSION_HEADER.lengthOffset, operation.valueLength, true);
  copyBytes(operation.view, operation.valueStart, target, offset + VERSION_HEADER.size, operation.valueLength);
}
