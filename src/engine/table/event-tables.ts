/** Tables of format 2: the newest events of a key are in its entry, older ones in the history tree. */
import type { Frame } from '../cache/frame.js';
import type { TableCounts } from '../format/superblock.js';
import { U64 } from '../bytes/u64.js';
import { EventReader } from './event-reader.js';
import { examineEvents } from './event-examination.js';
import { EventWriter } from './event-writer.js';
import type { TableFormat, WithEntry } from './table-format.js';
import { pagesOf } from './table-pages.js';
import type { StoredVersion, VersionRange } from './versions.js';

export const EVENT_TABLES: TableFormat = {
  writer: (pager, table) => new EventWriter(pager, table, table.counts as TableCounts),
  reader: (pages, table) => new EventReader(pages, table),
  versions: (pages, table, withEntry, range) => versionsOf(new EventReader(pages, table), withEntry, range),
  examine: examineEvents,
  reusablePages: pagesOf,
};

/**
 * Each step looks for an event by the position that the step before has told: events stay, wherever a commit between
 * two steps has moved them.
 */
function* versionsOf(
  reader: EventReader,
  withEntry: WithEntry,
  range: VersionRange,
): Generator<StoredVersion, undefined> {
  let at = range.reverse ? withEntry((leaf, index) => reader.oldest(leaf, index)) : range.at;
  while (at !== undefined && at.compare(range.at) <= 0) {
    const next: U64 = at;
    const step = withEntry((leaf, index) => readEvent(reader, leaf, index, next, range));
    if (step?.row !== undefined) yield step.row;
    at = step?.next;
  }
}

/** An event that was read, and where the next one is to be looked for. */
interface EventStep {
  /** Undefined: it is a deletion. */
  readonly row: StoredVersion | undefined;
  readonly next: U64 | undefined;
}

function readEvent(
  reader: EventReader,
  leaf: Frame,
  index: number,
  at: U64,
  { applied, reverse }: VersionRange,
): EventStep | undefined {
  if (!reader.seek(leaf, index, at)) return undefined;
  const next = reverse ? reader.newerPosition() : U64.from(reader.position() - 1n);
  if (reader.isDeletion()) return { row: undefined, next };
  return { row: { value: reader.value(), ...reader.lifetime(applied), page: reader.page() }, next };
}
