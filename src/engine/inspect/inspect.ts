/**
 * Pages as they are in the file, sound or not: every field with its place and value, and what is wrong with it.
 * Nothing is locked, cached or changed, and nothing but the one page is read.
 */
import { StoreError } from '../errors.js';
import type { FileSystem, FileHandle } from '../file/files.js';
import { nodeFiles } from '../file/node-files.js';
import { crc32 } from '../bytes/crc32.js';
import type { Fault } from '../bytes/fault.js';
import { findFormat } from '../format/formats.js';
import { CRC_OFFSET, PAGE_SIZE, SUPERBLOCK } from '../format/layout.js';
import { isWholeSuperblock, superblockFaults } from '../format/superblock-page.js';
import { pageFormat } from './anatomy.js';
import { lookBeside, type StoreBeside } from './beside.js';
import { openStoreFile } from '../pager/store-name.js';
import { pageParts, pageProblems } from './page.js';
import type { Part } from './parts.js';
import { superblockParts, superblockProblems } from './superblock-page.js';

/** What one page holds. */
export interface PageInspection {
  readonly kind: 'superblock' | 'page';
  readonly page: number;
  /** The page: 4,096 bytes, or fewer where the file ends within it. */
  readonly bytes: Buffer;
  /** Its parts; items stand in the order of their slots. */
  readonly parts: readonly Part[];
  /**
   * All that is wrong with it, the first being what a reader of the store would stumble over; offsets within the page.
   */
  readonly problems: readonly Fault[];
  /** `undefined` where the file ends before it. */
  readonly crc: { readonly stored: number; readonly computed: number } | undefined;
}

/** The page of a file, and what the file says about it. */
export interface FileInspection extends PageInspection, StoreBeside {
  /** Bytes of the file. */
  readonly fileBytes: number;
  /** Whole pages in the file. */
  readonly filePages: number;
  /** Whether page 0 begins as that of a store. */
  readonly isStore: boolean;
  /** Of page 0: the copy of the superblock in page 1, where it is another than page 0, or damaged. */
  readonly copy?: PageInspection;
}

export interface InspectOptions {
  /** The file system to use instead of the machine's. */
  readonly files?: FileSystem;
}

/**
 * Inspects page 0, and its copy in page 1 where the store has one that differs from it.
 *
 * @throws StoreError `NOT_A_STORE` when there is nothing to decode: no regular file, an empty one, or less than a page
 *   that does not begin as a store; `STORE_NOT_FOUND`, `IO_ERROR`
 */
export function inspectSuperblock(path: string, { files = nodeFiles }: InspectOptions = {}): FileInspection {
  return usingFile(files, path, (file) => {
    const inspection = inspectIn(files, file, path, 0n);
    const page = readPage(file, COPY_PAGE);
    if (!isSuperblockPage(page, COPY_PAGE, formatOf(file)) || page.equals(inspection.bytes)) return inspection;
    const copy = inspectBytes(page, COPY_PAGE, inspection.fileBytes);
    const difference = inspection.journal ? [] : differences(inspection.bytes, page);
    return { ...inspection, copy: { ...copy, problems: [...copy.problems, ...difference] } };
  });
}

/**
 * Inspects one page; page 0 is the superblock.
 *
 * @throws StoreError `PAGE_BEYOND_END` when the file has no byte of it; `NOT_A_STORE` when there is nothing to decode,
 *   as for `inspectSuperblock`; `STORE_NOT_FOUND`, `IO_ERROR`
 */
export function inspectPage(path: string, page: bigint, { files = nodeFiles }: InspectOptions = {}): FileInspection {
  return usingFile(files, path, (file) => inspectIn(files, file, path, page));
}

function usingFile(files: FileSystem, path: string, inspect: (file: FileHandle) => FileInspection): FileInspection {
  const file = openStoreFile(files, path, 'read');
  try {
    return inspect(file);
  } finally {
    file.close();
  }
}

function inspectIn(files: FileSystem, file: FileHandle, path: string, page: bigint): FileInspection {
  const fileBytes = file.size();
  const filePages = Math.floor(fileBytes / PAGE_SIZE);
  const isStore = readIdentity(readPage(file, 0), path);
  const bytes = page * BigInt(PAGE_SIZE) < BigInt(fileBytes) ? readPage(file, Number(page)) : Buffer.alloc(0);
  if (bytes.length === 0) {
    const message = `page ${page} is past the end: ${path} has ${filePages} pages`;
    throw new StoreError('PAGE_BEYOND_END', message, { path, page, filePages });
  }
  const inspection = inspectBytes(bytes, Number(page), fileBytes, formatOf(file));
  return { ...inspection, fileBytes, filePages, isStore, ...lookBeside(files, path, page) };
}

/** Where formats have the copy of the superblock that have one. */
const COPY_PAGE = 1;

/** The format that the superblock says, or where that does not begin as one its copy; undefined for an unknown one. */
function formatOf(file: FileHandle): number | undefined {
  for (const page of [0, COPY_PAGE]) {
    const bytes = readPage(file, page);
    if (bytes.length < PAGE_SIZE || !beginsAsSuperblock(bytes)) continue;
    const format = bytes.readUInt32LE(SUPERBLOCK.versionOffset);
    if (findFormat(format) !== undefined) return format;
  }
  return undefined;
}

function beginsAsSuperblock(bytes: Buffer): boolean {
  return superblockFaults(bytes).next().value?.code !== 'superblock-magic';
}

/** Whether a page is one that has the superblock in a store of this format. */
function isSuperblockPage(bytes: Buffer, page: number, format: number | undefined): boolean {
  if (page === 0) return true;
  const known = format === undefined ? undefined : findFormat(format);
  if (known !== undefined) return known.superblock.pageIds.includes(page);
  return page === COPY_PAGE && bytes.length === PAGE_SIZE && beginsAsSuperblock(bytes);
}

/** That the copy of the superblock is not page 0, though both are whole: otherwise each has its own problems. */
function differences(first: Buffer, copy: Buffer): Fault[] {
  if (!isWholeSuperblock(first) || !isWholeSuperblock(copy)) return [];
  const offset = copy.findIndex((byte, index) => byte !== first[index]);
  const [expected, found] = [first[offset] ?? 0, copy[offset] ?? 0];
  const message = 'pages 0 and 1 are both whole, and not the same superblock';
  return [{ code: 'superblock-copies', offset, expected, found, message }];
}

/**
 * Inspects the bytes of a page.
 *
 * @param bytes 1 to 4,096 bytes
 * @param page its id
 * @param fileBytes size of the file that it comes from
 * @param format of the store (default: what the page says)
 */
export function inspectBytes(bytes: Buffer, page: number, fileBytes: number, format?: number): PageInspection {
  const crc =
    bytes.length < PAGE_SIZE
      ? undefined
      : { stored: bytes.readUInt32LE(CRC_OFFSET), computed: crc32(bytes.subarray(0, CRC_OFFSET)) };
  if (isSuperblockPage(bytes, page, format)) {
    const parts = superblockParts(bytes);
    return { kind: 'superblock', page, bytes, parts, problems: superblockProblems(bytes, fileBytes), crc };
  }
  const judgedBy = pageFormat(bytes, format);
  const parts = pageParts(bytes, judgedBy);
  const problems = pageProblems(bytes, parts, page, Math.floor(fileBytes / PAGE_SIZE), judgedBy);
  return { kind: 'page', page, bytes, parts, problems, crc };
}

/** Whether the file begins as a store; one that does not, and has not even a page, has nothing to decode. */
function readIdentity(bytes: Buffer, path: string): boolean {
  const fault = superblockFaults(bytes).next().value;
  const isStore = fault?.code !== 'superblock-magic';
  if (isStore || bytes.length === PAGE_SIZE) return isStore;
  const { message, expected, found } = fault;
  throw new StoreError('NOT_A_STORE', `${path} is not a store: ${message}`, { path, expected, found });
}

function readPage(file: FileHandle, page: number): Buffer {
  const bytes = Buffer.alloc(PAGE_SIZE);
  return bytes.subarray(0, file.read(bytes, 0, PAGE_SIZE, page * PAGE_SIZE));
}
