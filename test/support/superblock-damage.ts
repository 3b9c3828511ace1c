/**
 * What a crash, or a bad sector after it, may leave of the two superblocks of format 2 beside what was written last:
 * one of them lost, torn, or as an earlier commit had it. The other one tells all.
 */
import { crc32 } from 'node:zlib';
import { CRC_AT, PAGE_BYTES, pageOf } from './format2/layout.js';
import type { Random } from './random.js';

const SECTOR_BYTES = 512;

const DAMAGES = ['page 1 lost', 'page 1 torn', 'page 1 old', 'page 0 lost', 'page 0 torn', 'page 0 old'] as const;
export type SuperblockDamage = (typeof DAMAGES)[number];

/**
 * Damages one of the superblocks of a file, if the other one is whole.
 *
 * @param older superblocks of commits before
 * @returns undefined when nothing was changed
 */
export function damageSuperblock(file: Buffer, random: Random, older: readonly Buffer[]): SuperblockDamage | undefined {
  const damage = random.pick(DAMAGES);
  const page = pageOf(file, Number(damage.charAt(5)));
  if (!isWholePage(pageOf(file, damage.startsWith('page 1') ? 0 : 1))) return undefined;
  const before = Buffer.from(page);
  if (damage.endsWith('lost')) page.fill(random.pick([0, 0xff]));
  else if (damage.endsWith('torn')) tear(page, random);
  else if (older.length > 0) random.pick(older).copy(page);
  return page.equals(before) ? undefined : damage;
}

/** Whether a page has its checksum; the first pages of a store that is not there yet have none. */
export const isWholePage = (page: Buffer): boolean =>
  page.length === PAGE_BYTES && crc32(page.subarray(0, CRC_AT)) === page.readUInt32LE(CRC_AT);

/** One sector at least is not what it was. */
function tear(page: Buffer, random: Random): void {
  const always = random.below(PAGE_BYTES / SECTOR_BYTES);
  for (let sector = 0; sector < PAGE_BYTES / SECTOR_BYTES; sector += 1) {
    if (sector !== always && random.chance(0.5)) continue;
    random.bytes(SECTOR_BYTES).copy(page, sector * SECTOR_BYTES);
  }
}
