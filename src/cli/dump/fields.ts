/** A dump as fields, one a line. */
import { type FieldReading, nameOfValue, type PageInspection, type Part, problemIn } from '../../engine/index.js';
import type { Paint } from '../output/paint.js';
import { counted, describeField, markText, paintOf, valueText } from './values.js';

const OFFSET_WIDTH = 4;
const BYTES_SHOWN = 8;
const BYTES_WIDTH = BYTES_SHOWN * 3 - 1;
const VALUE_WIDTH = 30;
const NARROWEST_VALUE = 24;

/** A page as lines `offset: bytes  value  meaning`, part by part, items in the order of their slots. */
export function* fieldLines(inspection: PageInspection, paint: Paint, columns?: number): Generator<string> {
  const lines = new FieldLines(inspection, paint, columns);
  for (const part of shownOrder(inspection.parts)) yield* lines.part(part);
}

/** Header, slots, items in slot order, then what is between and after them. */
function shownOrder(parts: readonly Part[]): Part[] {
  const structured = (part: Part): boolean => part.index !== undefined;
  const [first, ...rest] = parts;
  return [
    ...(first === undefined ? [] : [first]),
    ...rest.filter(structured),
    ...rest.filter((part) => !structured(part)).sort((a, b) => a.offset - b.offset),
  ];
}

class FieldLines {
  #heading = '';

  constructor(
    private readonly inspection: PageInspection,
    private readonly paint: Paint,
    private readonly columns: number | undefined,
  ) {}

  /** The heading, unless it is that of the part before, the fields, and the parts within; `around` is the outermost. */
  *part(part: Part, around = part): Generator<string> {
    const heading = headingText(part);
    if (heading !== this.#heading) yield this.paint('heading', heading);
    this.#heading = heading;
    yield* part.kind === 'slot' ? [this.#slot(part)] : part.fields.map((reading) => this.#field(reading, around));
    for (const inner of part.parts) yield* this.part(inner, around);
  }

  #field(reading: FieldReading, around: Part): string {
    return this.#line(around, [reading], valueText(reading), describeField(reading, this.inspection));
  }

  /** The two numbers of a slot on one line. */
  #slot(part: Part): string {
    const [offset, length] = part.fields.map(({ value }) => value.toString());
    const value = `${offset}, ${counted(Number(length), 'byte')}`;
    return this.#line(part, part.fields, value, `slot ${part.index}: where item ${part.index} is`);
  }

  #line(part: Part, readings: readonly FieldReading[], value: string, meaning: string): string {
    const { paint } = this;
    const offset = (readings[0]?.offset ?? part.offset).toString().padStart(OFFSET_WIDTH);
    const bytes = paint(paintOf(part), this.#hex(readings).padEnd(BYTES_WIDTH));
    const shown = this.#cut(value, meaning).padEnd(VALUE_WIDTH);
    return `${offset}: ${bytes}  ${shown}  ${meaning}${this.#mark(readings)}`;
  }

  /** On a terminal a long value is cut, so that what it means stays on the line. */
  #cut(value: string, meaning: string): string {
    if (this.columns === undefined) return value;
    const room = Math.max(NARROWEST_VALUE, this.columns - OFFSET_WIDTH - BYTES_WIDTH - meaning.length - 6);
    const characters = Array.from(value);
    return characters.length <= room ? value : `${characters.slice(0, room - 1).join('')}…`;
  }

  /** The first bytes. */
  #hex(readings: readonly FieldReading[]): string {
    const start = readings[0]?.offset ?? 0;
    const size = readings.reduce((sum, reading) => sum + reading.size, 0);
    const shown = size > BYTES_SHOWN ? BYTES_SHOWN - 1 : size;
    const hex = spacedHex(this.inspection.bytes.subarray(start, start + shown));
    return shown < size ? `${hex} …` : hex;
  }

  #mark(readings: readonly FieldReading[]): string {
    for (const reading of readings) {
      const problem = problemIn(this.inspection.problems, reading);
      if (problem !== undefined) return `  ${this.paint('problem', markText(problem, reading.field))}`;
    }
    return '';
  }
}

export function spacedHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

function headingText({ kind, index, offset, size, fields }: Part): string {
  switch (kind) {
    case 'slot':
      return 'slots';
    case 'table':
      return index === undefined ? '  table' : `table entry ${index}`;
    case 'record':
      return `record ${index}${recordText(fields)}: ${counted(size, 'byte')} from ${offset} on`;
    case 'freeMap':
      return '  free map';
    case 'item':
      return `item ${index}: ${counted(size, 'byte')} from ${offset} on`;
    case 'version':
      return `  version ${index}: ${intervalText(fields)}`;
    case 'event':
      return `  event ${index}: ${eventText(fields)}`;
    case 'free':
      return 'free space';
    case 'rest':
    case 'padding':
      return 'unused';
    default:
      return kind;
  }
}

/** Of what a record is: `, table 7`. */
function recordText(fields: readonly FieldReading[]): string {
  const kind = fields.find(({ field }) => field.name === 'kind');
  const id = fields.find(({ field }) => field.name === 'id');
  const name = kind && nameOfValue(kind.field, kind.value);
  return name === undefined || id === undefined ? '' : `, ${name} ${id.value.toString()}`;
}

/** At which position an event is, and what it is. */
function eventText([position, size]: readonly FieldReading[]): string {
  if (position === undefined || size === undefined) return 'cut off';
  const what = nameOfValue(size.field, size.value) ?? counted(Number(size.value), 'byte');
  return `at ${position.value.toString()}, ${what}`;
}

/** The positions that see a version, and how large it is. */
function intervalText([createdAt, deletedAt, size]: readonly FieldReading[]): string {
  if (createdAt === undefined || deletedAt === undefined || size === undefined) return 'cut off';
  const end = nameOfValue(deletedAt.field, deletedAt.value) ?? `until ${deletedAt.value.toString()}`;
  return `from ${createdAt.value.toString()}, ${end}, ${counted(Number(size.value), 'byte')}`;
}
