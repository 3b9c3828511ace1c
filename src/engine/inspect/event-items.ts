/** The items of tree pages of format 2: entries and runs with their events, separators, records. */
import { type Field, type FieldReading, readFields, structure, type Structure } from '../bytes/field-structure.js';
import { CATALOGUE_TREE, HISTORY_TREE, TABLE_TREE } from '../format/page-types.js';
import { INTERNAL_LINK, LEAF_LINK, SEPARATOR } from '../format/structures.js';
import { EVENT_COUNT_MASK, eventDataLength, EXTERNAL, HAS_RUNS } from '../format/v2/event-layout.js';
import { RECORD_ITEM, RECORD_SEPARATOR, RUN, RUN_SEPARATOR } from '../format/v2/item-structures.js';
import { ENTRY_2, EVENT, EXTERNAL_VALUE } from '../format/v2/structures.js';
import { endOf, itemPart, type Part, readPart } from './parts.js';
import { recordBody } from './record-parts.js';

const UNKNOWN = structure({});
const VALUE: Field = { name: 'value', type: 'text', label: 'data', meaning: 'the value', offset: 0 };

const LEAF_ITEMS: ReadonlyMap<number, Structure> = new Map<number, Structure>([
  [TABLE_TREE.leaf, ENTRY_2],
  [HISTORY_TREE.leaf, RUN],
  [CATALOGUE_TREE.leaf, RECORD_ITEM],
]);
const SEPARATORS: ReadonlyMap<number, Structure> = new Map<number, Structure>([
  [TABLE_TREE.internal, SEPARATOR],
  [HISTORY_TREE.internal, RUN_SEPARATOR],
  [CATALOGUE_TREE.internal, RECORD_SEPARATOR],
]);

export function readEventItem(bytes: Buffer, index: number, start: number, end: number, type: number): Part {
  const entry = LEAF_ITEMS.get(type);
  const separator = SEPARATORS.get(type);
  if (index === 0 || entry === undefined) {
    const link = entry === undefined ? separator && INTERNAL_LINK : LEAF_LINK;
    return itemPart(
      readPart('item', (index === 0 ? link : separator) ?? UNKNOWN, bytes, start, end, index),
      [],
      bytes,
      end,
    );
  }
  const item = withCount(readPart('item', entry, bytes, start, end, index));
  const count = item.fields.find(({ field }) => field.name === 'eventCount');
  const events = readEvents(bytes, endOf(item), end, Number(count?.value ?? 0), recordOf(item));
  return itemPart(item, events, bytes, end);
}

/** The count of events without the bit that says that there are more elsewhere. */
function withCount(item: Part): Part {
  const last = item.fields.at(-1);
  if (last?.field.name !== 'eventCount') return item;
  const value = Number(last.value) & EVENT_COUNT_MASK;
  const hasRuns = (Number(last.value) & HAS_RUNS) !== 0;
  if (!hasRuns) return item;
  const counted = { ...last, value, text: `${value}, and older ones in the history` };
  return { ...item, fields: [...item.fields.slice(0, -1), counted], facts: { hasRuns } };
}

/** Which record an item of the catalogue is. */
interface RecordName {
  readonly kind: number;
  readonly id: bigint;
}

function recordOf({ fields }: Part): RecordName | undefined {
  const [, kind, id] = fields;
  if (kind?.field.name !== 'kind' || id === undefined) return undefined;
  return { kind: Number(kind.value), id: id.value as bigint };
}

/** As many events as there are bytes for. */
function readEvents(bytes: Buffer, start: number, end: number, count: number, record: RecordName | undefined): Part[] {
  const events: Part[] = [];
  for (let index = 0, offset = start; index < count; index++) {
    const head = readPart('event', EVENT, bytes, offset, end, index);
    if (head.fields.length > 0) events.push(withData(head, bytes, end, record));
    const next = offset + eventLength(head);
    if (head.fields.length < EVENT.fields.length || next > end) break;
    offset = next;
  }
  return events;
}

/** Bytes of an event, by what its beginning says. */
function eventLength({ fields }: Part): number {
  return EVENT.fixedSize + eventDataLength(Number(fields[1]?.value ?? 0));
}

/** An event with what follows its beginning, as far as it goes. */
function withData(event: Part, bytes: Buffer, end: number, record: RecordName | undefined): Part {
  const start = endOf(event);
  const dataEnd = event.offset + eventLength(event);
  if (event.fields.length < EVENT.fields.length || dataEnd === start) return event;
  if (Number(event.fields[1]?.value) === EXTERNAL) {
    const fields = [...event.fields, ...readFields(EXTERNAL_VALUE, bytes, start, end)];
    const last = fields.at(-1) as FieldReading;
    return { ...event, size: last.offset + last.size - event.offset, fields };
  }
  if (dataEnd > end) return event;
  const size = dataEnd - event.offset;
  if (record !== undefined) return { ...event, size, parts: recordBody(record.kind, record.id, bytes, start, dataEnd) };
  const reading = { field: VALUE, offset: start, size: dataEnd - start, value: bytes.subarray(start, dataEnd) };
  return { ...event, size, fields: [...event.fields, reading] };
}
