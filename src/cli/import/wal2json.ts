/** Change events of wal2json: format 1, a transaction a line, and format 2, a change a line. */
import type { WriteOp } from '../../engine/index.js';
import type { ChangeEvents } from './change-event.js';
import { isFields, type JsonFields, parseFields } from './json-fields.js';
import { badRecord, type ImportedRecord, type LineDecoder } from './record.js';

export function wal2jsonDecoder(events: ChangeEvents): LineDecoder {
  let isOpen = false;
  return (line, number) => {
    const event = parseFields(line, number);
    if (Array.isArray(event['change'])) return transactionOf(event['change'], events, number);
    const { action } = event;
    if (action === 'B') isOpen = true;
    if (action === 'B' || action === 'M') return undefined;
    if (action === 'C') {
      isOpen = false;
      return { line: number, operations: [], endsBatch: true, rows: 0 };
    }
    const operations = changeOf(action, event, events, number);
    return isOpen ? { line: number, operations, endsBatch: false } : { line: number, operations };
  };
}

/** Format 1: a transaction is a batch, also when nothing in it is about rows. */
function transactionOf(changes: readonly unknown[], events: ChangeEvents, line: number): ImportedRecord {
  let rows = 0;
  const operations = changes.flatMap((change) => {
    if (!isFields(change)) throw badRecord(line, 'a change is no object');
    if (change['kind'] === 'message') return [];
    rows++;
    return changeOfKind(change, events, line);
  });
  return { line, operations, endsBatch: true, rows };
}

function changeOfKind(change: JsonFields, events: ChangeEvents, line: number): WriteOp[] {
  const { kind } = change;
  const source = nameOf(change);
  if (kind === 'truncate') return events.truncate(source, line);
  const old = zipped(change['oldkeys'], 'keynames', 'keyvalues', line);
  const key = isFields(change['pk']) ? stringsOf(change['pk']['pknames']) : undefined;
  if (kind === 'delete' && old !== undefined) return events.remove(source, old, key, line);
  const fields = zipped(change, 'columnnames', 'columnvalues', line);
  if ((kind !== 'insert' && kind !== 'update') || fields === undefined) throw noEvent(line);
  return upsert(kind === 'insert', source, fields, { old, key, events, line });
}

/** Format 2. */
function changeOf(action: unknown, event: JsonFields, events: ChangeEvents, line: number): WriteOp[] {
  const source = nameOf(event);
  if (action === 'T') return events.truncate(source, line);
  const old = columnsOf(event['identity'], line);
  const key = columnNames(event['pk']);
  if (action === 'D' && old !== undefined) return events.remove(source, old, key, line);
  const fields = columnsOf(event['columns'], line);
  if ((action !== 'I' && action !== 'U') || fields === undefined) throw noEvent(line);
  return upsert(action === 'I', source, fields, { old, key, events, line });
}

interface RowChange {
  readonly old: JsonFields | undefined;
  readonly key: readonly string[] | undefined;
  readonly events: ChangeEvents;
  readonly line: number;
}

/** Large columns that have not changed are not in an update, and nothing says so. */
function upsert(
  isInsert: boolean,
  source: string,
  fields: JsonFields,
  { old, key, events, line }: RowChange,
): WriteOp[] {
  if (isInsert) events.noteColumns(source, fields);
  else events.countMissing(source, fields, old);
  return events.upsert(source, fields, old, key, line);
}

function noEvent(line: number): Error {
  return badRecord(line, 'it is no change event of wal2json');
}

function nameOf({ schema, table }: JsonFields): string {
  return [schema, table].filter((part) => typeof part === 'string').join('.');
}

/** Two lists of the same length, as an object. */
function zipped(holder: unknown, names: string, values: string, line: number): JsonFields | undefined {
  if (!isFields(holder)) return undefined;
  const [keys, found] = [stringsOf(holder[names]), holder[values]];
  if (keys === undefined) return undefined;
  if (!Array.isArray(found) || found.length !== keys.length) {
    throw badRecord(line, `"${names}" and "${values}" are not of the same length`);
  }
  return Object.fromEntries(keys.map((name, index) => [name, found[index] as unknown]));
}

/** Columns as a list of objects with name and value. */
function columnsOf(list: unknown, line: number): JsonFields | undefined {
  const names = columnNames(list);
  if (names === undefined || !Array.isArray(list)) return undefined;
  return Object.fromEntries(
    list.map((column: unknown, index) => {
      if (!isFields(column)) throw badRecord(line, 'a column is no object');
      return [names[index] ?? '', column['value'] ?? null];
    }),
  );
}

function columnNames(list: unknown): readonly string[] | undefined {
  return Array.isArray(list) ? stringsOf(list.map((column: unknown) => isFields(column) && column['name'])) : undefined;
}

function stringsOf(list: unknown): readonly string[] | undefined {
  return Array.isArray(list) && list.every((name) => typeof name === 'string') ? list : undefined;
}
