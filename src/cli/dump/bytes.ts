import { hex32, type PageInspection, type Part, type Region, regionsOf } from '../../engine/index.js';
import type { Paint } from '../output/paint.js';
import { spacedHex } from './fields.js';
import { markText, paintOf, valueText } from './values.js';

const BYTES_PER_ROW = 16;
const HEX_WIDTH = BYTES_PER_ROW * 3 - 1;

/**
 * All bytes of a page in the order in which they stand, field by field, 16 a row; rows like the one before are a `*`.
 */
export function* byteLines(inspection: PageInspection, paint: Paint): Generator<string> {
  for (const region of regionsOf(inspection.parts, inspection.problems)) yield* regionLines(region, inspection, paint);
}

function* regionLines(region: Region, inspection: PageInspection, paint: Paint): Generator<string> {
  const { path, problem, field } = region;
  const name = path[0] === undefined ? 'frame' : paintOf(path[0]);
  const mark = problem === undefined ? '' : `  ${paint('problem', markText(problem, field))}`;
  let note = `${annotation(region, inspection)}${mark}`;
  for (const found of rowsOf(region, inspection.bytes)) {
    if (found === 'repeats') {
      yield '   *';
      continue;
    }
    const { offset, row } = found;
    const text = paint(name, `${spacedHex(row).padEnd(HEX_WIDTH)}  ${ascii(row)}`);
    const gap = note === '' ? '' : ' '.repeat(BYTES_PER_ROW - row.length + 2);
    yield `${offset.toString().padStart(4)}: ${text}${gap}${note}`;
    note = '';
  }
}

/** The rows of a region; in place of those between its first and last that are like the one before, once `repeats`. */
function* rowsOf(
  { offset, size }: Region,
  bytes: Buffer,
): Generator<{ readonly offset: number; readonly row: Buffer } | 'repeats'> {
  const end = offset + size;
  let previous: Buffer | undefined;
  let repeats = false;
  for (let start = offset; start < end; start += BYTES_PER_ROW) {
    const row = bytes.subarray(start, Math.min(end, start + BYTES_PER_ROW));
    const likeBefore = previous?.equals(row) === true && start + BYTES_PER_ROW < end;
    if (!likeBefore) yield { offset: start, row };
    else if (!repeats) yield 'repeats';
    repeats = likeBefore;
    previous = row;
  }
}

function ascii(row: Buffer): string {
  const text = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return `|${text}|`;
}

/** `item 3, version 0, created at 7`; of bytes that say themselves what they are, only the name. */
function annotation(region: Region, { crc }: PageInspection): string {
  const { field, value, path } = region;
  const locations = path.filter(({ index }) => index !== undefined).map(locationText);
  const saysItself = typeof value === 'object' && field.name !== 'bytes';
  const computed = field.type === 'crc32' && crc !== undefined ? [`computed ${hex32(crc.computed)}`] : [];
  return [...locations, saysItself ? field.label : `${field.label} ${valueText(region)}`, ...computed].join(', ');
}

const locationText = ({ kind, index }: Part): string => `${kind} ${index}`;
