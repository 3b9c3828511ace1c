import { type PageInspection, type Part, type Region, regionsOf } from '../../../engine/index.js';
import type { Paint } from '../paint.js';
import { spacedHex } from './fields.js';
import { markText, paintOf, valueText } from './values.js';

const BYTES_A_ROW = 16;
const HEX_WIDTH = BYTES_A_ROW * 3 - 1;

/** All bytes of a page in the order in which they stand, field by field, 16 a row; rows like the one before are a `*`. */
export function* byteLines(inspection: PageInspection, paint: Paint): Generator<string> {
  for (const region of regionsOf(inspection.parts, inspection.problems)) yield* regionLines(region, inspection, paint);
}

function* regionLines(region: Region, { bytes }: PageInspection, paint: Paint): Generator<string> {
  const [outer] = region.path;
  const name = outer === undefined ? 'frame' : paintOf(outer);
  const mark = region.problem === undefined ? '' : `  ${paint('problem', markText(region.problem, region.field))}`;
  const end = region.offset + region.size;
  let repeated = 0;
  for (let start = region.offset; start < end; start += BYTES_A_ROW) {
    const row = bytes.subarray(start, Math.min(end, start + BYTES_A_ROW));
    const isLast = start + BYTES_A_ROW >= end;
    const before = start > region.offset ? bytes.subarray(start - BYTES_A_ROW, start) : undefined;
    repeated = before?.equals(row) === true && !isLast ? repeated + 1 : 0;
    if (repeated === 1) yield '   *';
    if (repeated > 0) continue;
    const text = paint(name, `${spacedHex(row).padEnd(HEX_WIDTH)}  ${ascii(row)}`);
    const note = start > region.offset ? '' : `${padding(row)}  ${annotation(region)}${mark}`;
    yield `${start.toString().padStart(4)}: ${text}${note}`;
  }
}

function ascii(row: Buffer): string {
  const text = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return `|${text}|`;
}

const padding = (row: Buffer): string => ' '.repeat(BYTES_A_ROW - row.length);

/** `item 3, version 0, created at 7`; of bytes that say themselves what they are, only the name. */
function annotation(region: Region): string {
  const { field, value, path } = region;
  const places = path.filter(({ index }) => index !== undefined).map(placeText);
  const isNumber = typeof value !== 'object' || field.name === 'bytes';
  return [...places, isNumber ? `${field.label} ${valueText(region)}` : field.label].join(', ');
}

const placeText = ({ kind, index }: Part): string => `${kind} ${index}`;
