/** Tables of format 2: the newest events of a key are in its entry, older ones in the history tree. */
import type { TableCounts } from '../format/superblock.js';
import { U64 } from '../bytes/u64.js';
import { EventReader } from './event-reader.js';
import { EventWriter } from './event-writer.js';
import type { TableFormat, WithEntry } from './table-format.js';
import { pagesOf } from './table-pages.js';
import type { RowVersion } from './versions.js';

export const EVENT_TABLES: TableFormat = {
  writer: (pager, table) => new EventWriter(pager, table, table.counts as TableCounts),
  reader: (pages, table) => new EventReader(pages, table),
  versions: (pages, table, withEntry, applied) => versionsOf(new EventReader(pages, table), withEntry, applied),
  reusablePages: pagesOf,
};

/**
 * Each step looks for the newest event before the one of the step before: events stay, wherever a commit between two
 * steps has moved them.
 */
function* versionsOf(reader: EventReader, withEntry: WithEntry, applied: U64): Generator<RowVersion, undefined> {
  let at: U64 | undefined = applied;
  while (at !== undefined) {
    const step: { row?: RowVersion; position: bigint } | undefined = withEntry((leaf, index) => {
      if (!reader.seek(leaf, index, at as U64)) return undefined;
      const position = reader.position();
      return reader.isDeletion()
        ? { position }
        : { position, row: { value: reader.value(), ...reader.lifetime(applied) } };
    });
    if (step?.row !== undefined) yield step.row;
    at = step === undefined ? undefined : U64.from(step.position - 1n);
  }
}
