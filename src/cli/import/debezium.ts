/**
 * Change events of Debezium, one a line: the value of a message, with its schema or without. A message with its key, as
 * `{"key":…,"value":…}`, says what the key of the row is.
 */
import type { ChangeEvents } from './change-event.js';
import { isFields, type JsonFields, parseFields } from './json-fields.js';
import { badRecord, type ImportedRecord, type LineDecoder } from './record.js';

/** What stands for a large column that has not changed. */
const UNAVAILABLE = '__debezium_unavailable_value';

export function debeziumDecoder(events: ChangeEvents): LineDecoder {
  return (line, number) => {
    const message = parseFields(line, number);
    const hasKey = 'value' in message && !('op' in message);
    const event = payloadOf(hasKey ? message['value'] : message);
    // A deleted row is followed by a message without a value, for the log compaction of Kafka.
    if (event === null) return undefined;
    if (!isFields(event)) throw badRecord(number, 'it is no change event of Debezium');
    const key = payloadOf(message['key']);
    const keyNames = hasKey && isFields(key) ? Object.keys(key) : undefined;
    return recordOf(event, keyNames, events, number);
  };
}

function recordOf(
  event: JsonFields,
  keyNames: readonly string[] | undefined,
  events: ChangeEvents,
  line: number,
): ImportedRecord | undefined {
  const { op } = event;
  const source = nameOf(event['source']);
  const before = isFields(event['before']) ? event['before'] : undefined;
  if (op === 'm') return undefined;
  if (op === 't') return { line, operations: events.truncate(source, line) };
  if (op === 'd') {
    if (before === undefined) throw badRecord(line, 'a deletion has no "before"');
    return { line, operations: events.remove(source, before, keyNames, line) };
  }
  const isUpsert = op === 'c' || op === 'r' || op === 'u';
  if (!isUpsert || !isFields(event['after'])) throw badRecord(line, 'it is no change event of Debezium');
  const after = withoutUnavailable(event['after'], before, events);
  return { line, operations: events.upsert(source, after, before, keyNames, line) };
}

/** Columns that the event does not have are taken from the row before, where that has them. */
function withoutUnavailable(after: JsonFields, before: JsonFields | undefined, events: ChangeEvents): JsonFields {
  const unchanged = Object.keys(after).filter((name) => after[name] === UNAVAILABLE);
  if (unchanged.length === 0) return after;
  const known = new Map(unchanged.map((name) => [name, before?.[name]]));
  const missing = [...known].filter(([, value]) => value === undefined || value === UNAVAILABLE).map(([name]) => name);
  if (missing.length > 0) events.skipped.unchangedColumns++;
  const entries = Object.entries(after).filter(([name]) => !missing.includes(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, known.get(name) ?? value]));
}

/** `schema.table`, or `database.table` of databases without schemas. */
function nameOf(source: unknown): string {
  const { schema, db, table } = isFields(source) ? source : {};
  return [schema ?? db, table].filter((part) => typeof part === 'string').join('.');
}

function payloadOf(message: unknown): unknown {
  return isFields(message) && 'payload' in message ? message['payload'] : message;
}
