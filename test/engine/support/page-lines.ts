/** Pages of format 2 as docs/FORMAT.md shows them: a line for each field, with its offset, bytes, name and value. */
import { hex32 } from '../../../src/engine/bytes/fault.js';
import { type FieldReading, readFields, type Structure } from '../../../src/engine/bytes/field-structure.js';
import { CRC_OFFSET, PAGE_HEADER, SLOT_SIZE } from '../../../src/engine/format/layout.js';
import type { Page } from '../../../src/engine/format/page.js';
import { CHECKSUM, LEAF_LINK, SLOT } from '../../../src/engine/format/structures.js';
import { eventCount, eventEnd, isExternal } from '../../../src/engine/format/v2/events.js';
import { ENTRY_2, EVENT, EXTERNAL_VALUE, PAGE_HEADER_2_FIELDS } from '../../../src/engine/format/v2/structures.js';

const HEX_WIDTH = 36;
/** 16-bit numbers from here on are flags and marks. */
const SPECIAL = 0x8000;

/** All fields of a leaf. */
export function leafLines(page: Page): string[] {
  const lines = structureLines(page, '', PAGE_HEADER_2_FIELDS, 0);
  for (let index = 0; index < page.itemCount; index++) {
    lines.push(...structureLines(page, `slot ${index}: `, SLOT, PAGE_HEADER.size + index * SLOT_SIZE));
  }
  lines.push(...structureLines(page, 'item 0: ', LEAF_LINK, page.itemOffset(0)));
  for (let index = 1; index < page.itemCount; index++) lines.push(...itemLines(page, index));
  return [...lines, ...structureLines(page, '', CHECKSUM, CRC_OFFSET)];
}

/** The fields of one item of a leaf. */
export function itemLines(page: Page, index: number): string[] {
  const { view } = page;
  const item = page.itemOffset(index);
  const name = `item ${index}: `;
  const lines = structureLines(page, name, ENTRY_2, item);
  let offset = item + ENTRY_2.fixedSize + view.getUint16(item, true);
  for (let left = eventCount(view, item); left > 0; left--) {
    const data = offset + EVENT.fixedSize;
    const end = eventEnd(view, offset);
    lines.push(...structureLines(page, name, EVENT, offset));
    if (isExternal(view, offset)) lines.push(...structureLines(page, name, EXTERNAL_VALUE, data));
    else if (end > data)
      lines.push(line(page, data, end - data, `${name}value ${page.bytes.toString('utf8', data, end)}`));
    offset = end;
  }
  return lines;
}

/** The bytes that such lines show, all others being zero. */
export function bytesOf(lines: readonly string[]): Buffer {
  const bytes = Buffer.alloc(CRC_OFFSET + CHECKSUM.fixedSize);
  for (const text of lines) {
    const [, offset, hex = ''] = /^ *(\d+): ((?:[0-9a-f]{2} )+)/.exec(text) ?? [];
    bytes.set(Buffer.from(hex.replaceAll(' ', ''), 'hex'), Number(offset));
  }
  return bytes;
}

function structureLines(page: Page, name: string, structure: Structure, start: number): string[] {
  return [...readFields(structure, page.bytes, start)].map((reading) =>
    line(page, reading.offset, reading.size, `${name}${reading.field.label}${valueText(reading)}`),
  );
}

function line(page: Page, offset: number, size: number, text: string): string {
  const hex = [...page.bytes.subarray(offset, offset + size)].map((byte) => `${byte.toString(16).padStart(2, '0')} `);
  return `${String(offset).padStart(4)}: ${hex.join('').padEnd(HEX_WIDTH)} ${text}`;
}

/** Text, and numbers in decimal, but in hex such as are more than a number. */
function valueText({ field: { type }, value }: FieldReading): string {
  if (typeof value === 'object') return /^[ -~]+$/.test(value.toString('latin1')) ? ` ${value.toString('latin1')}` : '';
  if (type === 'crc32') return ` ${hex32(Number(value))}`;
  return type === 'u16' && value >= SPECIAL ? ` 0x${value.toString(16)}` : ` ${value}`;
}
