/** The items of tree pages of format 1. */
import { structure, type Structure } from '../bytes/field-structure.js';
import { INTERNAL, LEAF } from '../format/layout.js';
import { ENTRY, INTERNAL_LINK, LEAF_LINK, SEPARATOR, VERSION } from '../format/structures.js';
import { endOf, itemPart, type Part, readPart } from './parts.js';

const UNKNOWN = structure({});

export function readIntervalItem(bytes: Buffer, index: number, start: number, end: number, type: number): Part {
  const described = itemStructure(index, type);
  const item = readPart('item', described, bytes, start, end, index);
  const versionCount = described === ENTRY ? item.fields[ENTRY.fields.length - 1]?.value : undefined;
  return itemPart(item, readVersions(bytes, endOf(item), end, Number(versionCount ?? 0)), bytes, end);
}

function itemStructure(index: number, type: number): Structure {
  if (type === LEAF) return index === 0 ? LEAF_LINK : ENTRY;
  if (type === INTERNAL) return index === 0 ? INTERNAL_LINK : SEPARATOR;
  return UNKNOWN;
}

/** As many versions as there are bytes for. */
function readVersions(bytes: Buffer, start: number, end: number, count: number): Part[] {
  const versions: Part[] = [];
  for (let index = 0, offset = start; index < count; index++) {
    const version = readPart('version', VERSION, bytes, offset, end, index);
    if (version.fields.length > 0) versions.push(version);
    if (version.fields.length < VERSION.fields.length) break;
    offset = endOf(version);
  }
  return versions;
}
