/** What the flags of `import` ask for. */
import { UsageError } from '../cli-error.js';
import { parseU64 } from '../text/numbers.js';
import { ChangeEvents, type SkippedNotes } from './change-event.js';
import { csvRecords } from './csv.js';
import { debeziumDecoder } from './debezium.js';
import type { RecordSource } from './import-file.js';
import { jsonLinesDecoder } from './json-lines.js';
import type { FieldChoice } from './row-fields.js';
import { rowsDecoder } from './scanned-rows.js';
import { wal2jsonDecoder } from './wal2json.js';

export const IMPORT_FORMATS = ['jsonl', 'csv', 'rows', 'debezium', 'wal2json'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

export interface ImportFlags {
  readonly as: ImportFormat;
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly 'key-hex': boolean | undefined;
  readonly 'value-hex': boolean | undefined;
  readonly 'delete-when': string | undefined;
  readonly delimiter: string | undefined;
  readonly map: readonly string[] | undefined;
  readonly table: bigint | undefined;
  readonly batch: bigint | undefined;
}

/** Which flags mean something in which format; those that are not here do in all. */
const FLAGS_OF: Readonly<Record<string, readonly ImportFormat[]>> = {
  key: ['jsonl', 'csv', 'debezium', 'wal2json'],
  value: ['jsonl', 'csv'],
  'key-hex': ['jsonl', 'csv'],
  'value-hex': ['jsonl', 'csv'],
  'delete-when': ['jsonl', 'csv'],
  delimiter: ['csv'],
  map: ['debezium', 'wal2json'],
};

/** How to read a file, and what its reader has passed over, once it has. */
export interface RecordReader {
  readonly source: RecordSource;
  readonly skipped: SkippedNotes | undefined;
}

/**
 * What the flags ask for; it can be begun when the store is open.
 *
 * @returns takes the table for rows that name none
 * @throws UsageError
 */
export function importRequest(flags: ImportFlags): (table: () => bigint) => RecordReader {
  refuseUseless(flags);
  const { as, table } = flags;
  const key = flags.key?.split(',');
  if (as === 'rows') return () => reader({ kind: 'lines', decode: rowsDecoder(table) });
  if (as === 'debezium' || as === 'wal2json') return eventReader(flags, key);
  if (key === undefined) {
    throw new UsageError('MISSING_FLAG', `missing flag: --key, the field or fields of ${as} rows that are the key`);
  }
  if (flags['value-hex'] === true && flags.value === undefined) {
    throw new UsageError('MISSING_FLAG', '--value-hex is about the field of --value, and there is no --value');
  }
  const hex = { keyHex: flags['key-hex'] === true, valueHex: flags['value-hex'] === true };
  const choice = { key, value: flags.value, ...hex, deleteWhen: deleteWhen(flags['delete-when']) };
  if (as === 'jsonl') return (id) => reader({ kind: 'lines', decode: jsonLinesDecoder({ ...choice, table: id() }) });
  const { delimiter = ',' } = flags;
  return (id) => {
    const whole = { ...choice, table: id() };
    return reader({ kind: 'records', read: (input, onBytes) => csvRecords(input, whole, delimiter, onBytes) });
  };
}

function eventReader(flags: ImportFlags, key: readonly string[] | undefined): (table: () => bigint) => RecordReader {
  const map = flags.map && new Map(flags.map.map(mapEntry));
  if (map !== undefined && flags.table !== undefined) {
    throw new UsageError('CONFLICTING_FLAGS', '--map and --table exclude each other');
  }
  const decoder = flags.as === 'debezium' ? debeziumDecoder : wal2jsonDecoder;
  return (id) => {
    const events = new ChangeEvents(map ?? id(), key);
    return reader({ kind: 'lines', decode: decoder(events) }, events.skipped);
  };
}

const reader = (source: RecordSource, skipped?: SkippedNotes): RecordReader => ({ source, skipped });

function refuseUseless(flags: ImportFlags): void {
  if (flags.batch === 0n) throw new UsageError('INVALID_VALUE', 'a batch has at least one row', { flag: 'batch' });
  const given: Readonly<Record<string, unknown>> = { ...flags };
  const useless = Object.keys(FLAGS_OF).find(
    (name) => given[name] !== undefined && !FLAGS_OF[name]?.includes(flags.as),
  );
  if (useless !== undefined) {
    throw new UsageError('CONFLICTING_FLAGS', `--${useless} means nothing with --as ${flags.as}`, { flag: useless });
  }
}

function deleteWhen(text: string | undefined): FieldChoice['deleteWhen'] {
  if (text === undefined) return undefined;
  const at = text.indexOf('=');
  if (at <= 0) throw new UsageError('INVALID_VALUE', `--delete-when is FIELD=VALUE, not ${text}`);
  return { field: text.slice(0, at), value: text.slice(at + 1) };
}

function mapEntry(text: string): [string, bigint] {
  const at = text.lastIndexOf('=');
  if (at <= 0) throw new UsageError('INVALID_VALUE', `--map is SCHEMA.TABLE=ID, not ${text}`);
  return [text.slice(0, at), parseU64(text.slice(at + 1), '--map')];
}
