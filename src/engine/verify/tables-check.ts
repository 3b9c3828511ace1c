/** Checks the trees of all tables, one table after the other. */
import type { Steps } from '../steps.js';
import { EventTableCheck } from './event-table-check.js';
import type { Forest } from './forest.js';
import { checkIntervalTable } from './interval-table-check.js';
import { PageChunk } from './page-file-reader.js';
import type { TableRecord } from './stored-superblock.js';
import { ValueCheck } from './value-check.js';

/** @param onReached told how many pages the trees have reached */
export function* checkTables(
  tables: Iterable<TableRecord>,
  forest: Forest,
  onReached: (pages: number) => void,
): Steps<void> {
  const entries = new PageChunk(forest.source);
  const history = new PageChunk(forest.source);
  const values = new ValueCheck(forest);
  for (const table of tables) {
    forest.tally.tables++;
    const keysBefore = forest.tally.keys;
    const steps =
      table.record === undefined
        ? checkIntervalTable(table, forest, entries)
        : new EventTableCheck(table, forest, { entries, history, values }).steps();
    // After the last step, too: tables can be many, and small.
    for (let isDone = false; !isDone;) {
      isDone = steps.next().done === true;
      onReached(forest.reached.size);
      yield;
    }
    if (table.record === undefined) continue;
    const keys = forest.tally.keys - keysBefore;
    forest.recordedKeys.note({ table: table.id, keys, keysRecorded: table.record.keys });
  }
}
