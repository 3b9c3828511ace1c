/** The questions that a reader asks, answered from decoded trees. */
import { hex } from '../bytes.js';
import type { Event2 } from './events.js';
import type { Table2 } from './tables.js';
import { valueBytes } from './values.js';

/** As the model's rows are: hex digits, and the position at which the version ends, wherever that is known from. */
export interface Row2 {
  readonly key: string;
  readonly value: string;
  readonly createdAt: bigint;
  readonly deletedAt: bigint | null;
}

export interface HistoryEvent2 {
  readonly position: bigint;
  /** Hex digits; null: deleted. */
  readonly value: string | null;
}

/** Newest first, of the entry and then of the runs. Throws on a value that cannot be read. */
export function historyIn(table: Table2 | undefined, key: Uint8Array): HistoryEvent2[] {
  const found = table?.keys.get(hex(key));
  if (table === undefined || found === undefined) return [];
  return found.events.map(({ event }) => ({ position: event.position, value: valueOf(table, event) }));
}

/** Ascending by key. Throws on a value that cannot be read. */
export function rowsIn(table: Table2 | undefined, position: bigint): Row2[] {
  if (table === undefined) return [];
  const rows: Row2[] = [];
  for (const [key, { events }] of table.keys) {
    const index = events.findIndex(({ event }) => event.position <= position);
    const event = events[index]?.event;
    if (event === undefined) continue;
    const value = valueOf(table, event);
    const deletedAt = events[index - 1]?.event.position ?? null;
    if (value !== null) rows.push({ key, value, createdAt: event.position, deletedAt });
  }
  return rows;
}

function valueOf(table: Table2, event: Event2): string | null {
  if (event.kind === 'deleted') return null;
  if (event.kind === 'inline') return hex(event.value);
  const value = table.values.get(event);
  const bytes = value && valueBytes(value);
  if (bytes === undefined) throw new Error(`the value in page ${event.external.firstPage} cannot be read`);
  return hex(bytes);
}
