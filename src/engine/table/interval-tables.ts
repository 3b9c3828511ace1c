/** Tables of format 1: every version says where it begins and ends, and all of a key are in its entry. */
import type { Frame } from '../cache/frame.js';
import type { U64 } from '../bytes/u64.js';
import {
  copyValue,
  createdAt,
  deletedAt,
  findVisible,
  isCurrent,
  isKnown,
  isVisible,
  newestVersion,
  NO_VERSION,
  olderVersion,
  versionCount,
  versionSize,
} from '../format/v1/intervals.js';
import { VERSION_HEADER } from '../format/entry-layout.js';
import { IntervalWriter } from './interval-writer.js';
import { ELSEWHERE, IN_PLACE, type LentRow, NO_ROW, type Placed } from './lent-row.js';
import type { EntryTally } from './row-count.js';
import type { TableFormat, ValueSpan, VersionReader, WithEntry } from './table-format.js';
import type { ExaminedVersion, Lifetime, NotVisible, StoredVersion, VersionRange } from './versions.js';

class IntervalReader implements VersionReader {
  #leaf: Frame | undefined;
  #found = NO_VERSION;

  find(leaf: Frame, index: number, at: U64): boolean {
    this.#leaf = leaf;
    this.#found = findVisible(leaf, index, at);
    return this.#found !== NO_VERSION;
  }

  findInPlace(leaf: Frame, index: number, at: U64, row: LentRow): Placed {
    const version = newestVersion(leaf, index);
    if (!isCurrent(leaf, version) || !isKnown(leaf, version, at)) return ELSEWHERE;
    const { size, createdAtOffset } = VERSION_HEADER;
    const end = olderVersion(leaf, version);
    row.place(leaf, index, version + createdAtOffset, version + size, end - version - size);
    return IN_PLACE;
  }

  locate(leaf: Frame, index: number, at: U64, span: ValueSpan): Placed {
    const version = findVisible(leaf, index, at);
    if (version === NO_VERSION) return NO_ROW;
    span.start = version + VERSION_HEADER.size;
    span.length = olderVersion(leaf, version) - span.start;
    return IN_PLACE;
  }

  /** Never asked for: all versions of a key are in its leaf. */
  locateOlder(): Placed {
    return ELSEWHERE;
  }

  /** Never stops before the end: all versions of a key are in its leaf. */
  countInPlace(leaf: Frame, tally: EntryTally, end: number, at: U64): void {
    for (; tally.index < end; tally.index++) if (findVisible(leaf, tally.index, at) !== NO_VERSION) tally.rows++;
  }

  value(): Uint8Array {
    return copyValue(this.#leaf as Frame, this.#found);
  }

  lendValue(): Uint8Array {
    return this.value();
  }

  lifetime(applied: U64): Lifetime {
    return lifetimeOf(this.#leaf as Frame, this.#found, applied);
  }
}

export const INTERVAL_TABLES: TableFormat = {
  writer: (pager, table) => new IntervalWriter(pager, table.tree),
  reader: () => new IntervalReader(),
  versions: (_pages, _table, withEntry, range) => versionsOf(withEntry, range),
  examine: (_pages, _table, leaf, index, range) => ({
    versions: [...examinedVersions(leaf, index, range)],
    historyPath: null,
  }),
  // Nothing says of a page of this format that it is free.
  // eslint-disable-next-line require-yield
  *reusablePages() {
    return [];
  },
};

function lifetimeOf(leaf: Frame, version: number, applied: U64): Lifetime {
  return { createdAt: createdAt(leaf, version), deletedAt: deletedAt(leaf, version, applied) };
}

/** Without the empty versions, which no position can see. */
function* versionsOf(withEntry: WithEntry, range: VersionRange): Generator<StoredVersion, undefined> {
  // Entries move between two steps, but a version keeps its number, counted from the oldest.
  const count = withEntry(versionCount) ?? 0;
  for (let passed = 0; passed < count; passed++) {
    const number = range.reverse ? passed + 1 : count - passed;
    const row = withEntry((leaf, index) => readVersion(leaf, index, number, range));
    if (row !== undefined && row.createdAt !== row.deletedAt) yield row;
  }
}

/** The version with this number, 1 for the oldest; undefined when it is not to be seen yet. */
function readVersion(leaf: Frame, index: number, number: number, range: VersionRange): StoredVersion | undefined {
  let offset = newestVersion(leaf, index);
  for (let newer = versionCount(leaf, index); newer > number; newer--) offset = olderVersion(leaf, offset);
  if (!isKnown(leaf, offset, range.at)) return undefined;
  return { value: copyValue(leaf, offset), ...lifetimeOf(leaf, offset, range.applied), page: BigInt(leaf.pageId) };
}

function* examinedVersions(leaf: Frame, index: number, range: VersionRange): Generator<ExaminedVersion, undefined> {
  let version = newestVersion(leaf, index);
  for (let left = versionCount(leaf, index); left > 0; left--) {
    const reason = isVisible(leaf, version, range.at) ? null : whyNot(leaf, version, range.at);
    const older = olderVersion(leaf, version);
    const valueBytes = older - version - versionSize(0);
    yield { ...lifetimeOf(leaf, version, range.applied), page: BigInt(leaf.pageId), valueBytes, reason };
    if (reason === null) return;
    version = older;
  }
}

function whyNot(leaf: Frame, version: number, at: U64): NotVisible {
  if (!isKnown(leaf, version, at)) return 'later';
  return createdAt(leaf, version) === deletedAt(leaf, version, at) ? 'empty' : 'ended';
}
