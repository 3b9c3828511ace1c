/** A page of a value for a dump. */
import type { Field } from '../bytes/field-structure.js';
import { PAGE_HEADER } from '../format/layout.js';
import { VALUE_KEY } from '../format/v2/item-structures.js';
import { VALUE_HEADER } from '../format/v2/structures.js';
import { endOf, type Part, readPart, spanPart } from './parts.js';

const VALUE: Field = { name: 'data', type: 'text', label: 'data', meaning: 'bytes of the value', offset: 0 };

/**
 * What is between the header of a value page and its checksum. Only the first page of an extent has the key: where the
 * value ends on another one cannot be told from that alone.
 */
export function valuePageParts(bytes: Buffer, end: number): Part[] {
  const header = readPart('value', VALUE_HEADER, bytes, PAGE_HEADER.size, end);
  const [ordinal, valueLength] = header.fields.map(({ value }) => Number(value));
  if (valueLength === undefined) return header.fields.length > 0 ? [header] : [];
  const key = ordinal === 0 ? readPart('value', VALUE_KEY, bytes, endOf(header), end) : undefined;
  const isKeyRead = key !== undefined && key.fields.length === VALUE_KEY.fields.length;
  const start = endOf(key ?? header);
  const valueEnd = isKeyRead ? Math.min(end, start + valueLength) : end;
  const fields = [...header.fields, ...(key?.fields ?? []), ...valueField(bytes, start, valueEnd)];
  const value = { ...header, size: valueEnd - header.offset, fields };
  return valueEnd < end ? [value, spanPart('padding', bytes, valueEnd, end)] : [value];
}

function valueField(bytes: Buffer, start: number, end: number): Part['fields'] {
  return start < end ? [{ field: VALUE, offset: start, size: end - start, value: bytes.subarray(start, end) }] : [];
}
