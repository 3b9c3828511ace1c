import {
  type Fault,
  type FieldReading,
  type FileInspection,
  hex32,
  nameOfValue,
  type Part,
  type Region,
  regionsOf,
} from '../../engine/index.js';
import { byteFields, type JsonValue } from '../text/json.js';

type JsonObject = Record<string, JsonValue>;

/** The page as one object; `withBytes` adds all fields with their bytes. */
export function inspectionJson(inspection: FileInspection, withBytes = false): JsonObject {
  const { kind, crc, filePages, isStore, journal, problems } = inspection;
  return {
    ...(kind === 'superblock' ? superblockJson(inspection) : pageJson(inspection)),
    crc:
      crc === undefined
        ? null
        : { stored: hex32(crc.stored), computed: hex32(crc.computed), ok: crc.stored === crc.computed },
    filePages,
    ...(isStore ? {} : { isStore }),
    ...(journal ? { journal } : {}),
    ...(problems.length === 0 ? {} : { problems: problems.map(problemJson) }),
    ...(withBytes
      ? { regions: regionsOf(inspection.parts, problems).map((region) => regionJson(region, inspection)) }
      : {}),
  };
}

/** What a superblock that is cut off does not say. */
const UNKNOWN = { version: null, appliedPosition: null, appliedHash: null, nextPageId: null } as const;

function superblockJson({ parts }: FileInspection): JsonObject {
  // The count is the length of `tables`, and a problem where it is not.
  const fields = parts[0]?.fields.filter(({ field }) => field.name !== 'tableCount') ?? [];
  const json = fieldsJson(fields);
  return {
    ...json,
    ...UNKNOWN,
    ...json,
    tables: partsOf(parts, 'table').map((table) => fieldsJson(table.fields)),
  };
}

function pageJson({ page, parts }: FileInspection): JsonObject {
  const slots = partsOf(parts, 'slot');
  const unread = partsOf(parts, 'unread');
  return {
    page,
    header: fieldsJson(partsOf(parts, 'header')[0]?.fields ?? []),
    slots: slots.map((slot) => fieldsJson(slot.fields)),
    items: partsOf(parts, 'item').map(itemJson),
    free: freeJson(partsOf(parts, 'free')[0], slots.at(-1), unread.length === 0),
    stale: partsOf(parts, 'stale').map(spanJson),
    ...(unread.length === 0 ? {} : { unread: unread.map(spanJson) }),
  };
}

/** The free space; none behind the last slot of a full page, unknown where a page cannot be read. */
function freeJson(free: Part | undefined, lastSlot: Part | undefined, isRead: boolean): JsonValue {
  if (free !== undefined) return spanJson(free);
  return lastSlot === undefined || !isRead ? null : { offset: lastSlot.offset + lastSlot.size, size: 0 };
}

function itemJson(item: Part): JsonObject {
  const { index = 0, offset, size, fields, parts } = item;
  const unread = partsOf(parts, 'unread');
  const hasVersions = fields.some(({ field }) => field.name === 'versionCount');
  return {
    index,
    offset,
    size,
    ...fieldsJson(fields),
    ...(hasVersions ? { versions: partsOf(parts, 'version').map((version) => fieldsJson(version.fields)) } : {}),
    ...(unread.length === 0 ? {} : { unread: unread.map(spanJson) }),
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
  const { name, type, max } = field;
  if (typeof value === 'object') return type === 'text' ? byteFields(name, value) : { [name]: value.toString('hex') };
  const says = nameOfValue(field, value);
  return { [name]: says === undefined ? value : max === undefined ? says : null };
}

function problemJson({ code, message, offset, expected, found }: Fault): JsonObject {
  return { code, message, offset, expected, found };
}

function regionJson({ field, path, offset, size }: Region, { bytes }: FileInspection): JsonObject {
  const locations = path.map(({ kind, index }) => (index === undefined ? kind : `${kind} ${index}`));
  return {
    offset,
    size,
    in: locations.join(', '),
    name: field.name,
    hex: bytes.toString('hex', offset, offset + size),
  };
}
