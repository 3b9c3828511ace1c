/** The two ways that tests write bytes down, and the two orders that they compare. */

export const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export const fromHex = (digits: string): Buffer => Buffer.from(digits, 'hex');

/** Lower-case hex digits sort as their bytes do, a prefix first. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

export function compareBigint(left: bigint, right: bigint): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** 2^64 − 1: "none" for a page id, "open" for a deletion. */
export const U64_MAX = 0xffff_ffff_ffff_ffffn;
