/** Page 0 as it is in a file: which format it says, what is wrong with it, what it says. */
import { StoreError } from '../errors.js';
import { toHex } from '../bytes/bytes.js';
import { crc32 } from '../bytes/crc32.js';
import { faultFacts, hex32 } from '../bytes/fault.js';
import type { AdvisoryFault } from './advisory-faults.js';
import { findFormat, FORMAT_VERSIONS } from './formats.js';
import { CRC_OFFSET, PAGE_SIZE, SUPERBLOCK } from './layout.js';
import type { StoreFormat } from './store-format.js';
import { type Superblock, superblockFault, type SuperblockFault } from './superblock.js';

/**
 * Reads page 0.
 *
 * @param bytes at least as much of the file's beginning as there is, up to one page
 * @throws StoreError `NOT_A_STORE`, `UNSUPPORTED_VERSION`, `SUPERBLOCK_CORRUPTED`
 */
export function decodeSuperblock(bytes: Buffer): Superblock {
  const fault = superblockFaults(bytes).next().value;
  if (fault !== undefined) throw refusal(fault);
  return formatOfSuperblock(bytes).superblock.decode(bytes);
}

/** The format that a superblock page without faults says. */
export function formatOfSuperblock(page: Buffer): StoreFormat {
  return findSuperblockFormat(page) as StoreFormat;
}

/** The format that a superblock page says; undefined when this release does not know it. */
export function findSuperblockFormat(page: Buffer): StoreFormat | undefined {
  return findFormat(page.readUInt32LE(SUPERBLOCK.versionOffset));
}

/** Whether a page begins as a superblock and is whole: it may say anything else. */
export function isWholeSuperblock(page: Buffer): boolean {
  return (
    page.length === PAGE_SIZE &&
    page.toString('latin1', 0, SUPERBLOCK.magic.length) === SUPERBLOCK.magic &&
    crc32(page.subarray(0, CRC_OFFSET)) === page.readUInt32LE(CRC_OFFSET)
  );
}

/**
 * All that is wrong with page 0. Magic, length, version, checksum come first, in this order, so that a file that is not
 * a store is called that and not a damaged one.
 *
 * @param bytes at least as much of the file's beginning as there is, up to one page
 */
export function* superblockFaults(bytes: Buffer): Generator<SuperblockFault, undefined> {
  yield* identityFaults(bytes);
  if (bytes.length === PAGE_SIZE)
    yield* findFormat(bytes.readUInt32LE(SUPERBLOCK.versionOffset))?.superblock.faults(bytes) ?? [];
}

/** What is in page 0 twice or for nothing, and not as it should be, where its format is known. */
export function superblockAdvisoryFaults(page: Buffer): Iterable<AdvisoryFault> {
  return findFormat(page.readUInt32LE(SUPERBLOCK.versionOffset))?.superblock.advisoryFaults(page) ?? [];
}

function* identityFaults(bytes: Buffer): Generator<SuperblockFault> {
  const { magic, magicOffset, versionOffset } = SUPERBLOCK;
  const begins = bytes.subarray(0, magic.length);
  if (begins.toString('latin1') !== magic) {
    const message = bytes.length === 0 ? 'the file is empty' : `the file does not begin with ${magic}`;
    const expected = toHex(Buffer.from(magic));
    yield { code: 'superblock-magic', offset: magicOffset, expected, found: toHex(begins), message };
  }
  if (bytes.length < PAGE_SIZE) {
    const message = `the file ends after ${bytes.length} bytes, within the superblock`;
    yield { code: 'superblock-truncated', offset: bytes.length, expected: PAGE_SIZE, found: bytes.length, message };
    return;
  }
  const version = bytes.readUInt32LE(versionOffset);
  if (findFormat(version) === undefined) {
    const message = `the store says format ${version}; this release reads format ${FORMAT_VERSIONS.join(' and ')}`;
    const expected = Math.max(...FORMAT_VERSIONS);
    yield { code: 'superblock-version', offset: versionOffset, expected, found: version, message };
  }
  const stored = bytes.readUInt32LE(CRC_OFFSET);
  const computed = crc32(bytes.subarray(0, CRC_OFFSET));
  if (stored !== computed) yield superblockFault('superblock-crc', CRC_OFFSET, hex32(computed), hex32(stored));
}

/** The error that a fault of page 0 keeps a store from being opened with. */
function refusal(fault: SuperblockFault): StoreError {
  const { code, message, expected, found } = fault;
  switch (code) {
    case 'superblock-magic':
    case 'superblock-truncated':
      return new StoreError('NOT_A_STORE', message, { expected, found });
    case 'superblock-version':
    case 'feature-unknown':
    case 'page-size':
      return new StoreError('UNSUPPORTED_VERSION', message, { page: 0, expected, found });
    default:
      return new StoreError('SUPERBLOCK_CORRUPTED', message, { page: 0, ...faultFacts(fault) });
  }
}
