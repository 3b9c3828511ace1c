/** Records: one a table, one a group of pages with free ones; in the superblock or in the catalogue tree. */
import type { Entry2 } from './events.js';
import { GROUP_PAGES, isZero, RECORD_KEY_BYTES, RECORD_KIND, TABLE_RECORD_BYTES } from './layout.js';
import type { Report } from './rules.js';

export interface TableRecord2 {
  readonly kind: 'table';
  readonly id: bigint;
  /** 0: none. */
  readonly root: number;
  readonly historyRoot: number;
  readonly height: number;
  readonly historyHeight: number;
  readonly valuePages: number;
  /** Of both trees. */
  readonly treePages: number;
  readonly oldest: bigint;
  readonly lastChanged: bigint;
  readonly rows: bigint;
  readonly keys: bigint;
  readonly events: bigint;
  /** Of external values. */
  readonly valueBytes: bigint;
}

export interface FreeMapRecord2 {
  readonly kind: 'free-map';
  readonly group: bigint;
  /** Ascending. */
  readonly pages: readonly number[];
}

export type Record2 = TableRecord2 | FreeMapRecord2;

/** Undefined, and reported, when it cannot be read. */
export function decodeRecord(kind: number, id: bigint, body: Buffer, report: Report): Record2 | undefined {
  if (kind === RECORD_KIND.table) return decodeTable(id, body, report);
  if (kind === RECORD_KIND.freeMap) return decodeFreeMap(id, body, report);
  return void report('record-kind', `a record of kind ${kind}`);
}

function decodeTable(id: bigint, body: Buffer, report: Report): TableRecord2 | undefined {
  if (body.length !== TABLE_RECORD_BYTES) return void report('record-length', `table ${id}: ${body.length} bytes`);
  if (!isZero(body.subarray(10, 12)) || !isZero(body.subarray(20, 24))) {
    report('reserved-bytes', `table ${id}: reserved bytes of its record are not zero`);
  }
  return {
    kind: 'table',
    id,
    root: body.readUInt32LE(0),
    historyRoot: body.readUInt32LE(4),
    height: body.readUInt8(8),
    historyHeight: body.readUInt8(9),
    valuePages: body.readUInt32LE(12),
    treePages: body.readUInt32LE(16),
    oldest: body.readBigUInt64LE(24),
    lastChanged: body.readBigUInt64LE(32),
    rows: body.readBigUInt64LE(40),
    keys: body.readBigUInt64LE(48),
    events: body.readBigUInt64LE(56),
    valueBytes: body.readBigUInt64LE(64),
  };
}

function decodeFreeMap(group: bigint, body: Buffer, report: Report): FreeMapRecord2 | undefined {
  if (body.length > GROUP_PAGES / 8) return void report('record-length', `free map ${group}: ${body.length} bytes`);
  // A group without free pages has no record: so an empty bitmap is as wrong as one that ends with a zero byte.
  if ((body.at(-1) ?? 0) === 0) report('record-length', `free map ${group}: no bit is set in its last byte`);
  const pages: number[] = [];
  for (const [at, byte] of body.entries()) {
    for (let bit = 0; bit < 8; bit += 1) {
      if ((byte & (1 << bit)) !== 0) pages.push(Number(group) * GROUP_PAGES + 8 * at + bit);
    }
  }
  return { kind: 'free-map', group, pages };
}

/** An item of the catalogue tree: key = kind and id, one event with the body. */
export function decodeCatalogueEntry({ key, hasRuns, events }: Entry2, report: Report): Record2 | undefined {
  if (key.length !== RECORD_KEY_BYTES) return void report('record-event', `a key of ${key.length} bytes`);
  const [event] = events;
  if (events.length !== 1 || hasRuns || event?.kind !== 'inline') {
    return void report('record-event', `record ${key.toString('hex')} is not one inline event without runs`);
  }
  return decodeRecord(key.readUInt8(0), key.readBigUInt64BE(1), event.value, report);
}
