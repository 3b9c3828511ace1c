/** Checks the versions of a format 1 entry: each ends within its item, and before the next newer one begins. */
import { ENTRY_OVERHEAD, VERSION_HEADER } from '../entry-layout.js';
import { type PageFault, pageFault } from '../page-check.js';
import type { Page } from '../page.js';
import { ENTRY } from '../structures.js';
import { compareU64Within, readU64 } from '../../bytes/u64.js';

/** What is wrong with the versions of an entry whose key has been checked. */
export function findIntervalFault(page: Page, index: number): PageFault | undefined {
  const { view } = page;
  const item = page.itemOffset(index);
  const end = item + page.itemLength(index);
  const countOffset = item + ENTRY.offsets.versionCount + view.getUint16(item, true);
  const count = view.getUint16(countOffset, true);
  if (count === 0) {
    return pageFault('version-count', countOffset, '1 or more', 0, `the entry of item ${index} has no versions`);
  }
  let version = item + ENTRY_OVERHEAD + view.getUint16(item, true);
  let newer = -1;
  for (let left = count; left > 0; left--) {
    const next = version + VERSION_HEADER.size <= end ? versionEnd(view, version) : Infinity;
    if (next > end) {
      const message = `${count} versions do not fit into item ${index}`;
      return pageFault('version-count', countOffset, 'versions that end within the item', count, message);
    }
    const disorder = checkInterval(view, version, newer, index);
    if (disorder !== undefined) return disorder;
    newer = version;
    version = next;
  }
  return version === end
    ? undefined
    : pageFault('item-length', item, version - item, end - item, `item ${index} is longer than its ${count} versions`);
}

function versionEnd(view: DataView, version: number): number {
  return version + VERSION_HEADER.size + view.getUint32(version + VERSION_HEADER.lengthOffset, true);
}

/** A version begins before it ends, and ends before the newer one begins. */
function checkInterval(view: DataView, version: number, newer: number, index: number): PageFault | undefined {
  const created = version + VERSION_HEADER.createdAtOffset;
  const deleted = version + VERSION_HEADER.deletedAtOffset;
  if (compareU64Within(view, created, deleted) > 0) {
    const message = `a version of item ${index} ends at ${readU64(view, deleted)}, before it begins at ${readU64(view, created)}`;
    return pageFault('version-order', deleted, `${readU64(view, created)} or more`, readU64(view, deleted), message);
  }
  if (newer >= 0 && compareU64Within(view, deleted, newer + VERSION_HEADER.createdAtOffset) > 0) {
    const newerCreated = readU64(view, newer + VERSION_HEADER.createdAtOffset);
    const message = `a version of item ${index} ends at ${readU64(view, deleted)}, after the next began at ${newerCreated}`;
    return pageFault('version-order', deleted, `at most ${newerCreated}`, readU64(view, deleted), message);
  }
  return undefined;
}
