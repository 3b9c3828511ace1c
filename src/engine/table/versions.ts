/** Copies of the versions of a key, whatever the format that they are kept in. */
import type { PageReader } from '../pager/page-reader.js';
import type { Page } from '../format/page.js';
import type { EntryFormat } from '../format/store-format.js';
import type { U64 } from '../bytes/u64.js';

/** One version of a key. `deletedAt` is null while it is current. */
export interface RowVersion {
  readonly value: Uint8Array;
  readonly createdAt: bigint;
  readonly deletedAt: bigint | null;
}

/** A copy of a version; a deletion beyond `applied` is not known yet and counts as none. */
export function copyVersion(entries: EntryFormat, page: Page, version: number, applied: U64): RowVersion {
  return {
    value: entries.copyValue(page, version),
    createdAt: entries.createdAt(page, version),
    deletedAt: entries.deletedAt(page, version, applied),
  };
}

/**
 * The versions of a key up to `applied`, newest first, one by one; without the empty ones, which no position can see.
 *
 * @param withEntry calls back with the leaf and index of the key's entry; undefined when the key has none
 */
export function* versionsOf(
  { format: { entries } }: PageReader,
  withEntry: <Result>(found: (leaf: Page, index: number) => Result) => Result | undefined,
  applied: U64,
): Generator<RowVersion, undefined> {
  // Entries move between two steps, but a version keeps its number, counted from the oldest.
  for (let left = withEntry((leaf, index) => entries.versionCount(leaf, index)) ?? 0; left > 0; left--) {
    const version = withEntry((leaf, index) => {
      let offset = entries.newest(leaf, index);
      for (let newer = entries.versionCount(leaf, index); newer > left; newer--) offset = entries.older(leaf, offset);
      return entries.isKnown(leaf, offset, applied) ? copyVersion(entries, leaf, offset, applied) : undefined;
    });
    if (version !== undefined && version.createdAt !== version.deletedAt) yield version;
  }
}
