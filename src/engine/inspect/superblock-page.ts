/** A superblock page for a dump: its parts, and everything that is wrong with it. */
import type { Fault } from '../bytes/fault.js';
import { CRC_OFFSET, PAGE_SIZE, SUPERBLOCK } from '../format/layout.js';
import { DEFAULT_FORMAT } from '../format/formats.js';
import type { StoreFormat } from '../format/store-format.js';
import { findSuperblockFormat, superblockAdvisoryFaults, superblockFaults } from '../format/superblock-page.js';
import { anatomyOf } from './anatomy.js';
import { checksumParts, type Part, readPart, spanPart, uncovered } from './parts.js';

/** The parts of such a page, or of as much of it as there is. */
export function superblockParts(bytes: Buffer): Part[] {
  const anatomy = anatomyOf(formatOf(bytes)).superblock;
  const { fields, rest } = anatomy;
  const end = Math.min(bytes.length, CRC_OFFSET);
  const head = readPart('superblock', fields, bytes, 0, end);
  const parts = [head, ...anatomy.listParts(bytes, end)];
  const listEnd = Math.max(...parts.map(({ offset, size }) => offset + size));
  for (const run of uncovered(parts, end)) {
    const kind = run.start === listEnd && listEnd >= fields.fixedSize ? rest : 'unread';
    parts.push(spanPart(kind, bytes, run.start, run.end));
  }
  return [...parts, ...checksumParts(bytes)];
}

/** The format that a page says, whatever else it is. */
function formatOf(bytes: Buffer): StoreFormat {
  const isReadable = bytes.length >= SUPERBLOCK.versionOffset + 4;
  return (isReadable ? findSuperblockFormat(bytes) : undefined) ?? DEFAULT_FORMAT;
}

/** All that is wrong with such a page by itself, and with what it says about a file of `fileBytes`. */
export function superblockProblems(bytes: Buffer, fileBytes: number): Fault[] {
  const faults: Fault[] = [...superblockFaults(bytes)];
  if (bytes.length < PAGE_SIZE) return faults;
  // Neither the beginning nor the checksum is a superblock's: to judge what else is in it would be noise.
  const codes = new Set(faults.map(({ code }) => code));
  if (codes.has('superblock-magic') && codes.has('superblock-crc')) {
    return faults.filter(({ code }) => code.startsWith('superblock-'));
  }
  faults.push(...superblockAdvisoryFaults(bytes));
  faults.push(...lengthProblems(bytes.readBigUInt64LE(SUPERBLOCK.nextPageIdOffset), fileBytes));
  const format = findSuperblockFormat(bytes);
  const filePages = Math.floor(fileBytes / PAGE_SIZE);
  if (format !== undefined) faults.push(...anatomyOf(format).superblock.rootProblems(bytes, filePages));
  return faults;
}

function* lengthProblems(nextPageId: bigint, fileBytes: number): Generator<Fault> {
  const filePages = Math.floor(fileBytes / PAGE_SIZE);
  const offset = SUPERBLOCK.nextPageIdOffset;
  if (nextPageId !== BigInt(filePages)) {
    const message = `the superblock counts ${nextPageId} pages, the file holds ${filePages}`;
    yield { code: 'next-page-id', offset, expected: filePages, found: nextPageId, message };
  }
  const rest = fileBytes % PAGE_SIZE;
  if (rest !== 0) {
    const message = `the file ends ${rest} bytes after its last whole page`;
    yield { code: 'ragged-tail', offset, expected: 'a file of whole pages', found: `${rest} bytes more`, message };
  }
}
