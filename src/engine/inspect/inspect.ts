/**
 * Pages as they are in the file, sound or not: every field with its place and value, and what is wrong with it.
 * Nothing is locked, cached or changed, and nothing but the one page is read.
 */
import { StoreError } from '../errors.js';
import type { FileSystem, FileHandle } from '../file/files.js';
import { nodeFiles } from '../file/node-files.js';
import { crc32 } from '../bytes/crc32.js';
import type { Fault } from '../bytes/fault.js';
import { CRC_OFFSET, PAGE_SIZE, SUPERBLOCK } from '../format/layout.js';
import { superblockFaults } from '../format/superblock-page.js';
import { journalBeside } from './journal.js';
import type { Part } from './parts.js';
import { superblockParts, superblockProblems } from './superblock-page.js';
import { treePageParts, treePageProblems } from './tree-page.js';

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
export interface FileInspection extends PageInspection {
  /** Bytes of the file. */
  readonly fileBytes: number;
  /** Whole pages in the file. */
  readonly filePages: number;
  /** Whether page 0 begins as that of a store. */
  readonly isStore: boolean;
  /** Whether a journal is beside the store: what readers see may differ from these bytes. */
  readonly journal: boolean;
  /** That something of somebody else's has the journal's name: a writer would be refused with this. */
  readonly foreignFile: StoreError | undefined;
}

export interface InspectOptions {
  /** The file system to use instead of the machine's. */
  readonly files?: FileSystem;
}

/**
 * Inspects page 0.
 *
 * @throws StoreError `NOT_A_STORE` when there is nothing to decode: no regular file, an empty one, or less than a page
 *   that does not begin as a store; `STORE_NOT_FOUND`, `IO_ERROR`
 */
export function inspectSuperblock(path: string, options: InspectOptions = {}): FileInspection {
  return inspectPage(path, 0n, options);
}

/**
 * Inspects one page; page 0 is the superblock.
 *
 * @throws StoreError `PAGE_BEYOND_END` when the file has no byte of it; `NOT_A_STORE` when there is nothing to decode,
 *   as for `inspectSuperblock`; `STORE_NOT_FOUND`, `IO_ERROR`
 */
export function inspectPage(path: string, page: bigint, { files = nodeFiles }: InspectOptions = {}): FileInspection {
  const file = files.open(path, 'read');
  try {
    const fileBytes = file.size();
    const filePages = Math.floor(fileBytes / PAGE_SIZE);
    const first = readPage(file, 0);
    const isStore = readIdentity(first, path);
    const format = isStore && first.length === PAGE_SIZE ? first.readUInt32LE(SUPERBLOCK.versionOffset) : undefined;
    const bytes = page * BigInt(PAGE_SIZE) < BigInt(fileBytes) ? readPage(file, Number(page)) : Buffer.alloc(0);
    if (bytes.length === 0) {
      const message = `page ${page} is past the end: ${path} has ${filePages} pages`;
      throw new StoreError('PAGE_BEYOND_END', message, { path, page, filePages });
    }
    const { journal, foreignFile } = journalBeside(files, path);
    return {
      ...inspectBytes(bytes, Number(page), fileBytes, format),
      fileBytes,
      filePages,
      isStore,
      journal,
      foreignFile,
    };
  } finally {
    file.close();
  }
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
  if (page === 0) {
    const parts = superblockParts(bytes);
    return { kind: 'superblock', page, bytes, parts, problems: superblockProblems(bytes, fileBytes), crc };
  }
  const parts = treePageParts(bytes);
  const problems = treePageProblems(bytes, parts, page, Math.floor(fileBytes / PAGE_SIZE), format);
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
