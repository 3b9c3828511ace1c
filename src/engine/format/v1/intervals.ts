/**
 * The entries of format 1: every version says the positions at which it begins and ends, and all versions of a key are
 * in one page (fields: format/structures.ts, docs/FORMAT.md).
 *
 * A version is visible at position P when created at ≤ P < deleted at. An empty interval (a key written twice in one
 * batch by another writer) is legal and never visible.
 */
import { copyBytes } from '../../bytes/bytes.js';
import { ENTRY_OVERHEAD, VERSION_HEADER } from '../entry-layout.js';
import type { Page } from '../page.js';
import { type EntryFormat, type KeyAndValue, NO_VERSION } from '../store-format.js';
import { compareU64At, isMaxU64At, readU64, type U64, writeMaxU64, writeU64 } from '../../bytes/u64.js';

export const INTERVALS: EntryFormat = {
  entrySize(keyLength, valueLength) {
    return ENTRY_OVERHEAD + keyLength + VERSION_HEADER.size + valueLength;
  },

  writeEntry(target, offset, item, at) {
    target.setUint16(offset, item.keyLength, true);
    copyBytes(item.view, item.keyStart, target, offset + 2, item.keyLength);
    target.setUint16(offset + 2 + item.keyLength, 1, true);
    writeVersion(target, offset + ENTRY_OVERHEAD + item.keyLength, item, at);
  },

  versionSize(valueLength) {
    return VERSION_HEADER.size + valueLength;
  },

  versionsOffset(keyLength) {
    return ENTRY_OVERHEAD + keyLength;
  },

  prepend(target, versions, count, item, at) {
    target.setUint16(versions - 2, count, true);
    writeVersion(target, versions, item, at);
  },

  close(page, version, at) {
    writeU64(page.view, version + VERSION_HEADER.deletedAtOffset, at);
  },

  versionCount(page, index) {
    return page.view.getUint16(countOffset(page, index), true);
  },

  newest(page, index) {
    return countOffset(page, index) + 2;
  },

  older,

  isCurrent(page, version) {
    return isMaxU64At(page.view, version + VERSION_HEADER.deletedAtOffset);
  },

  reaches(page, version, at) {
    const deletedAt = version + VERSION_HEADER.deletedAtOffset;
    return (
      compareU64At(page.view, version + VERSION_HEADER.createdAtOffset, at) >= 0 ||
      (!isMaxU64At(page.view, deletedAt) && compareU64At(page.view, deletedAt, at) >= 0)
    );
  },

  isKnown,

  findVisible(page, index, at) {
    const countAt = countOffset(page, index);
    let version = countAt + 2;
    for (let left = page.view.getUint16(countAt, true); left > 0; left--) {
      if (isVisible(page, version, at)) return version;
      version = older(page, version);
    }
    return NO_VERSION;
  },

  createdAt(page, version) {
    return readU64(page.view, version + VERSION_HEADER.createdAtOffset);
  },

  deletedAt(page, version, applied) {
    const offset = version + VERSION_HEADER.deletedAtOffset;
    return compareU64At(page.view, offset, applied) > 0 ? null : readU64(page.view, offset);
  },

  copyValue(page, version) {
    return Buffer.from(page.bytes.subarray(version + VERSION_HEADER.size, older(page, version)));
  },
};

/** Where an entry's version count is. */
function countOffset(page: Page, index: number): number {
  const item = page.itemOffset(index);
  return item + 2 + page.view.getUint16(item, true);
}

function older(page: Page, version: number): number {
  return version + VERSION_HEADER.size + page.view.getUint32(version + VERSION_HEADER.lengthOffset, true);
}

function isKnown(page: Page, version: number, at: U64): boolean {
  return compareU64At(page.view, version + VERSION_HEADER.createdAtOffset, at) <= 0;
}

function isVisible(page: Page, version: number, at: U64): boolean {
  return isKnown(page, version, at) && compareU64At(page.view, version + VERSION_HEADER.deletedAtOffset, at) > 0;
}

/** Writes one current version, header and data, at `offset` of a page or buffer. */
function writeVersion(target: DataView, offset: number, item: KeyAndValue, at: U64): void {
  writeU64(target, offset + VERSION_HEADER.createdAtOffset, at);
  writeMaxU64(target, offset + VERSION_HEADER.deletedAtOffset);
  target.setUint32(offset + VERSION_HEADER.lengthOffset, item.valueLength, true);
  copyBytes(item.view, item.valueStart, target, offset + VERSION_HEADER.size, item.valueLength);
}
