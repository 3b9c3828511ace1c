/** Value pages: whose they say they are, what the stream begins with, and whether the value is the one written. */
import { crc32 } from 'node:zlib';
import { hex } from '../bytes.js';
import { checkOwner, type ReportOn } from './check-tree.js';
import { isZero, PAGE_TYPE } from './layout.js';
import type { Page2 } from './page.js';
import type { Report } from './rules.js';
import type { Superblock2 } from './superblock.js';
import { type Value2, valueBytes } from './values.js';

export function checkValue(value: Value2, superblock: Superblock2, report: ReportOn): void {
  for (const page of value.pages) {
    checkOwner(page, value.table, superblock, report(page.id));
    checkValuePage(page, value, report(page.id));
  }
  if (value.stream !== undefined) checkStream(value, value.stream, report(value.external.firstPage));
}

function checkValuePage({ id, header, content }: Page2, { external, position }: Value2, report: Report): void {
  if (header.stamp !== position) report('value-page', `stamp ${header.stamp}, the event's position is ${position}`);
  if (header.type !== PAGE_TYPE.value) report('page-type', `type ${header.type} in a value`);
  if (content?.kind !== 'value') return;
  const ordinal = id - external.firstPage;
  if (content.ordinal !== ordinal) report('value-page', `ordinal ${content.ordinal}, expected ${ordinal}`);
  if (content.length !== external.length) report('value-page', `length ${content.length} of ${external.length} bytes`);
}

function checkStream(value: Value2, stream: Buffer, report: Report): void {
  const { key, external } = value;
  const keyFound = stream.subarray(2, 2 + key.length);
  if (stream.readUInt16LE(0) !== key.length || !keyFound.equals(key)) {
    report('value-page', `the value of key ${hex(keyFound)}, of ${stream.readUInt16LE(0)} bytes, not of ${hex(key)}`);
  }
  if (!isZero(stream.subarray(2 + key.length + external.length))) report('unused-bytes', 'not zero past the value');
  const computed = crc32(valueBytes(value) ?? stream);
  if (computed !== external.crc) {
    report('value-checksum', `the event has ${external.crc.toString(16)}, the bytes ${computed.toString(16)}`);
  }
}
