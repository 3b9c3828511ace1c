/** A dump as JSON. */
import {
  bitsOfValue,
  type Fault,
  type Field,
  type FieldReading,
  type FileInspection,
  hex32,
  nameOfValue,
  type PageInspection,
  type Part,
  type PartFacts,
  type Region,
  regionsOf,
} from '../../engine/index.js';
import { byteFields, type JsonValue } from '../text/json.js';

type JsonObject = Record<string, JsonValue>;

/** The page as one object; `withBytes` adds all fields with their bytes. */
export function inspectionJson(inspection: FileInspection, withBytes = false): JsonObject {
  const { kind, filePages, isStore, isCopyUsed, journal, copy } = inspection;
  return {
    ...(kind === 'superblock' ? superblockJson(inspection) : pageJson(inspection)),
    crc: crcJson(inspection),
    filePages,
    ...(isStore ? {} : { isStore }),
    ...(journal ? { journal } : {}),
    ...(isCopyUsed && !journal ? { superblockCopy: true } : {}),
    ...findingsJson(inspection, withBytes),
    ...(copy === undefined ? {} : { copy: copyJson(copy, withBytes) }),
  };
}

/** The copy of the superblock that is not page 0. */
function copyJson(copy: PageInspection, withBytes: boolean): JsonObject {
  return { ...superblockJson(copy), crc: crcJson(copy), ...findingsJson(copy, withBytes) };
}

function crcJson({ crc }: PageInspection): JsonValue {
  if (crc === undefined) return null;
  return { stored: hex32(crc.stored), computed: hex32(crc.computed), ok: crc.stored === crc.computed };
}

function findingsJson(inspection: PageInspection, withBytes: boolean): JsonObject {
  const { parts, problems } = inspection;
  return {
    ...(problems.length === 0 ? {} : { problems: problems.map(problemJson) }),
    ...(withBytes ? { regions: regionsOf(parts, problems).map((region) => regionJson(region, inspection)) } : {}),
  };
}

/** What a superblock that is cut off does not say. */
const UNKNOWN = { version: null, appliedPosition: null, appliedHash: null, nextPageId: null } as const;

function superblockJson({ parts }: PageInspection): JsonObject {
  const fields = parts[0]?.fields ?? [];
  const records = partsOf(parts, 'record');
  const json = fieldsJson(fields.filter(({ field }) => isTold(field)));
  return {
    ...json,
    ...UNKNOWN,
    ...json,
    ...featuresJson(fields),
    tables: [...partsOf(parts, 'table').map((table) => fieldsJson(table.fields)), ...records.flatMap(tableJson)],
    ...freeMapJson(records),
  };
}

/** The count is the length of `tables`, and a problem where it is not; what is reserved is one where it is not zero. */
function isTold({ name, label }: Field): boolean {
  return name !== 'tableCount' && label !== 'reserved';
}

/** The features that are set, by name, where the format has features. */
function featuresJson(fields: readonly FieldReading[]): JsonObject {
  const withBits = fields.filter(({ field }) => field.bits !== undefined);
  if (withBits.length === 0) return {};
  return { features: withBits.flatMap(({ field, value }) => bitsOfValue(field, value)) };
}

function tableJson(record: Part): JsonObject[] {
  return partsOf(record.parts, 'table').map(({ fields }) => ({
    ...fieldsJson(record.fields.filter(({ field }) => field.name === 'id')),
    ...fieldsJson(fields.filter(({ field }) => isTold(field))),
  }));
}

/** Free pages by group, where there are any. */
function freeMapJson(records: readonly Part[]): JsonObject {
  const groups = records.flatMap((record) =>
    partsOf(record.parts, 'freeMap').map(({ facts }) => ({
      group: record.fields.find(({ field }) => field.name === 'id')?.value as bigint,
      free: freeRunsJson(facts),
    })),
  );
  return groups.length === 0 ? {} : { freeMap: groups };
}

function freeRunsJson(facts: PartFacts | undefined): JsonValue {
  return (facts?.free ?? []).map(({ first, count }) => ({ first, count }));
}

function pageJson({ page, parts }: PageInspection): JsonObject {
  const [value] = partsOf(parts, 'value');
  const slots = partsOf(parts, 'slot');
  const unread = partsOf(parts, 'unread');
  return {
    page,
    header: fieldsJson(partsOf(parts, 'header')[0]?.fields ?? []),
    slots: slots.map((slot) => fieldsJson(slot.fields)),
    items: partsOf(parts, 'item').map(itemJson),
    free: freeJson(partsOf(parts, 'free')[0], slots.at(-1), unread.length === 0),
    stale: partsOf(parts, 'stale').map(spanJson),
    ...(value === undefined ? {} : { value: fieldsJson(value.fields) }),
    ...(unread.length === 0 ? {} : { unread: unread.map(spanJson) }),
  };
}

/** The free space; none after the last slot of a full page, unknown where a page cannot be read. */
function freeJson(free: Part | undefined, lastSlot: Part | undefined, isRead: boolean): JsonValue {
  if (free !== undefined) return spanJson(free);
  return lastSlot === undefined || !isRead ? null : { offset: lastSlot.offset + lastSlot.size, size: 0 };
}

function itemJson(item: Part): JsonObject {
  const { index = 0, offset, size, fields, parts, facts } = item;
  const unread = partsOf(parts, 'unread');
  const has = (name: string): boolean => fields.some(({ field }) => field.name === name);
  return {
    index,
    offset,
    size,
    ...fieldsJson(fields),
    ...(facts?.hasRuns === true ? { hasRuns: true } : {}),
    ...(has('versionCount')
      ? { versions: partsOf(parts, 'version').map((version) => fieldsJson(version.fields)) }
      : {}),
    ...(has('eventCount') ? { events: partsOf(parts, 'event').map(eventJson) } : {}),
    ...(unread.length === 0 ? {} : { unread: unread.map(spanJson) }),
  };
}

/** An event, and where it has a record that. */
function eventJson({ fields, parts }: Part): JsonObject {
  const [table] = partsOf(parts, 'table');
  const [freeMap] = partsOf(parts, 'freeMap');
  return {
    ...fieldsJson(fields),
    ...(table === undefined ? {} : { table: fieldsJson(table.fields.filter(({ field }) => isTold(field))) }),
    ...(freeMap === undefined ? {} : { free: freeRunsJson(freeMap.facts) }),
  };
}

function partsOf(parts: readonly Part[], kind: Part['kind']): Part[] {
  return parts.filter((part) => part.kind === kind);
}

const spanJson = ({ offset, size }: Part): JsonObject => ({ offset, size });

/** Fields by their names. */
function fieldsJson(fields: readonly FieldReading[]): JsonObject {
  return Object.assign({}, ...fields.map(fieldJson)) as JsonObject;
}

function fieldJson({ field, value }: FieldReading): JsonObject {
  const { name, type, max, zero } = field;
  if (typeof value === 'object') return type === 'text' ? byteFields(name, value) : { [name]: value.toString('hex') };
  if (type === 'crc32') return { [name]: hex32(Number(value)) };
  const says = nameOfValue(field, value);
  // A page that there is none of is null.
  return { [name]: says === undefined ? value : max === undefined && zero === undefined ? says : null };
}

function problemJson({ code, message, offset, expected, found }: Fault): JsonObject {
  return { code, message, offset, expected, found };
}

function regionJson({ field, path, offset, size }: Region, { bytes }: PageInspection): JsonObject {
  const locations = path.map(({ kind, index }) => (index === undefined ? kind : `${kind} ${index}`));
  return {
    offset,
    size,
    in: locations.join(', '),
    name: field.name,
    hex: bytes.toString('hex', offset, offset + size),
  };
}
