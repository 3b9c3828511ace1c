/** Counts what was found of a table, to be compared with what the store has counted of it. */
import { StoreError } from '../errors.js';
import type { TableEntry } from '../format/superblock.js';
import type { KeyEvent, KeySink } from './key-sink.js';

export class TableTally implements KeySink {
  keys = 0;
  rows = 0;
  events = 0;

  begin(): void {
    this.keys++;
  }

  event({ isNewest, isDeletion }: KeyEvent): void {
    this.events++;
    if (isNewest && !isDeletion) this.rows++;
  }

  end(): void {
    // Nothing is known only now.
  }

  /** What the record of a table counts otherwise; undefined where it counts the same, or nothing. */
  difference({ record }: TableEntry): 'keys' | 'rows' | 'events' | undefined {
    if (record === undefined) return undefined;
    return (['keys', 'rows', 'events'] as const).find((name) => this[name] !== record[name]);
  }

  /** @throws StoreError `TREE_CORRUPTED` when the record of the table counts otherwise */
  compareWith(entry: TableEntry, path: string): void {
    const name = this.difference(entry);
    if (name === undefined || entry.record === undefined) return;
    const [expected, found] = [entry.record[name], this[name]];
    const message = `table ${entry.id} records ${expected} ${name}, and has ${found}`;
    throw new StoreError('TREE_CORRUPTED', message, { path, table: entry.id, expected, found });
  }
}
