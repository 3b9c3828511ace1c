/** What can be wrong with a record, wherever it is. */
import { decode } from '../../bytes/field-structure.js';
import type { Fault } from '../../bytes/fault.js';
import { FIRST_PAGE, FREE_MAP, GROUP_BYTES, type RecordPlace, TABLE } from './records.js';
import { PAGES_PER_GROUP } from '../superblock.js';
import { TABLE_RECORD } from './structures.js';

export type RecordFaultCode = 'record-kind' | 'record-event' | 'record-length' | 'record-value' | 'free-range';
export type RecordFault = Omit<Fault<RecordFaultCode>, 'message'>;

/** What the store says that a record is in. */
export interface RecordContext {
  readonly appliedPosition: bigint;
  readonly nextPageId: bigint;
}

const COUNTED_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** The first fault of a record's kind, length or body. */
export function findRecordFault(page: Buffer, place: RecordPlace, context: RecordContext): RecordFault | undefined {
  switch (place.kind) {
    case TABLE:
      return findTableFault(page, place, context);
    case FREE_MAP:
      return findFreeGroupFault(page, place, context);
    default:
      return { code: 'record-kind', offset: place.start, expected: '1 or 2', found: place.kind };
  }
}

function findTableFault(
  page: Buffer,
  { start, offset, length }: RecordPlace,
  { appliedPosition }: RecordContext,
): RecordFault | undefined {
  const expected = TABLE_RECORD.fixedSize;
  if (length !== expected) return { code: 'record-length', offset: start, expected, found: length };
  const { oldest, lastChanged, rows, keys, events, valueBytes } = decode(TABLE_RECORD, page, offset);
  const { offsets } = TABLE_RECORD;
  const limits = [
    { name: 'oldest', value: oldest, max: appliedPosition },
    { name: 'lastChanged', value: lastChanged, max: appliedPosition },
    { name: 'events', value: events, max: COUNTED_MAX },
    { name: 'keys', value: keys, max: events },
    { name: 'rows', value: rows, max: keys },
    { name: 'valueBytes', value: valueBytes, max: COUNTED_MAX },
  ] as const;
  for (const { name, value, max } of limits) {
    if (value > max) {
      return { code: 'record-value', offset: offset + offsets[name], expected: `at most ${max}`, found: value };
    }
  }
  return undefined;
}

function findFreeGroupFault(
  page: Buffer,
  { id, start, offset, length }: RecordPlace,
  { nextPageId }: RecordContext,
): RecordFault | undefined {
  if (length === 0 || length > GROUP_BYTES) {
    return { code: 'record-length', offset: start, expected: `1 to ${GROUP_BYTES}`, found: length };
  }
  const last = page[offset + length - 1] as number;
  if (last === 0) return { code: 'record-length', offset: start, expected: 'no zero byte at the end', found: length };
  const first = page[offset] as number;
  if (id === 0n && (first & ((1 << FIRST_PAGE) - 1)) !== 0) {
    return { code: 'free-range', offset, expected: `${FIRST_PAGE} or more`, found: (first & 1) === 0 ? 1 : 0 };
  }
  const highest = id * BigInt(PAGES_PER_GROUP) + BigInt(8 * (length - 1) + 31 - Math.clz32(last));
  if (highest < nextPageId) return undefined;
  return { code: 'free-range', offset: offset + length - 1, expected: `below ${nextPageId}`, found: highest };
}
