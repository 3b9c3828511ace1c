/**
 * The entries of format 1: every version says the positions at which it begins and ends, and all versions of a key are
 * in one page (fields: format/structures.ts, docs/FORMAT.md). They are worked on in place; a version is named by the
 * offset at which it begins.
 *
 * A version is visible at position P when created at ≤ P < deleted at. An empty interval (a key written twice in one
 * batch by another writer) is legal and never visible.
 */
import { copyBytes, copyOf, type KeyRef } from '../../bytes/bytes.js';
import { ENTRY_OVERHEAD, VERSION_HEADER } from '../entry-layout.js';
import type { Page } from '../page.js';
import { compareU64At, isMaxU64At, readU64, type U64, writeMaxU64, writeU64 } from '../../bytes/u64.js';

/** A value that is about to be written: bytes of a view. */
export interface Value {
  readonly valueView: DataView;
  readonly valueStart: number;
  readonly valueLength: number;
}

/** A key and a value that are about to be written. */
export interface KeyAndValue extends KeyRef, Value {}

/** No version of an entry is visible. */
export const NO_VERSION = -1;

/** Bytes of an entry with one version. */
export function entrySize(keyLength: number, valueLength: number): number {
  return ENTRY_OVERHEAD + keyLength + VERSION_HEADER.size + valueLength;
}

/** Writes an entry with one current version, `entrySize` bytes, at `offset` of a page or buffer. */
export function writeEntry(target: DataView, offset: number, item: KeyAndValue, at: U64): void {
  target.setUint16(offset, item.keyLength, true);
  copyBytes(item.view, item.keyStart, target, offset + 2, item.keyLength);
  target.setUint16(offset + 2 + item.keyLength, 1, true);
  writeVersion(target, offset + ENTRY_OVERHEAD + item.keyLength, item, at);
}

/** Bytes that one more version takes. */
export function versionSize(valueLength: number): number {
  return VERSION_HEADER.size + valueLength;
}

/** Where in an entry its versions begin, from its start. */
export function versionsOffset(keyLength: number): number {
  return ENTRY_OVERHEAD + keyLength;
}

/** Writes a new first version into the gap at `versions`, and the number of versions in front of it. */
export function prependVersion(target: DataView, versions: number, count: number, item: KeyAndValue, at: U64): void {
  target.setUint16(versions - 2, count, true);
  writeVersion(target, versions, item, at);
}

/** Ends the newest version: it is visible below `at`, and no longer from there on. */
export function closeVersion(page: Page, version: number, at: U64): void {
  writeU64(page.view, version + VERSION_HEADER.deletedAtOffset, at);
}

export function versionCount(page: Page, index: number): number {
  return page.view.getUint16(countOffset(page, index), true);
}

export function newestVersion(page: Page, index: number): number {
  return countOffset(page, index) + 2;
}

/** The next older version. */
export function olderVersion(page: Page, version: number): number {
  return version + VERSION_HEADER.size + page.view.getUint32(version + VERSION_HEADER.lengthOffset, true);
}

/** Whether the version is current: nothing has replaced or deleted it. */
export function isCurrent(page: Page, version: number): boolean {
  return isMaxU64At(page.view, version + VERSION_HEADER.deletedAtOffset);
}

/** Whether the version begins or ends at `at` or later: no batch at `at` can have been given that version before. */
export function reaches(page: Page, version: number, at: U64): boolean {
  const deletedAt = version + VERSION_HEADER.deletedAtOffset;
  return (
    compareU64At(page.view, version + VERSION_HEADER.createdAtOffset, at) >= 0 ||
    (!isMaxU64At(page.view, deletedAt) && compareU64At(page.view, deletedAt, at) >= 0)
  );
}

/** Whether the version began at `at` or before. */
export function isKnown(page: Page, version: number, at: U64): boolean {
  return compareU64At(page.view, version + VERSION_HEADER.createdAtOffset, at) <= 0;
}

/** The version that is visible at `at`; `NO_VERSION` when there is none. */
export function findVisible(page: Page, index: number, at: U64): number {
  const countAt = countOffset(page, index);
  let version = countAt + 2;
  for (let left = page.view.getUint16(countAt, true); left > 0; left--) {
    if (isVisible(page, version, at)) return version;
    version = olderVersion(page, version);
  }
  return NO_VERSION;
}

export function createdAt(page: Page, version: number): bigint {
  return readU64(page.view, version + VERSION_HEADER.createdAtOffset);
}

/** Where the version ends; null when that is not known at `applied`. */
export function deletedAt(page: Page, version: number, applied: U64): bigint | null {
  const offset = version + VERSION_HEADER.deletedAtOffset;
  return compareU64At(page.view, offset, applied) > 0 ? null : readU64(page.view, offset);
}

/** A copy of the value. */
export function copyValue(page: Page, version: number): Buffer {
  return copyOf(page.bytes, version + VERSION_HEADER.size, olderVersion(page, version));
}

/** Where an entry's version count is. */
function countOffset(page: Page, index: number): number {
  const item = page.itemOffset(index);
  return item + 2 + page.view.getUint16(item, true);
}

/** Whether the version is visible at `at`. */
export function isVisible(page: Page, version: number, at: U64): boolean {
  return isKnown(page, version, at) && compareU64At(page.view, version + VERSION_HEADER.deletedAtOffset, at) > 0;
}

/** Writes one current version, header and data, `versionSize` bytes, at `offset` of a page or buffer. */
export function writeVersion(target: DataView, offset: number, item: Value, at: U64): void {
  writeU64(target, offset + VERSION_HEADER.createdAtOffset, at);
  writeMaxU64(target, offset + VERSION_HEADER.deletedAtOffset);
  target.setUint32(offset + VERSION_HEADER.lengthOffset, item.valueLength, true);
  copyBytes(item.valueView, item.valueStart, target, offset + VERSION_HEADER.size, item.valueLength);
}
