/**
 * Unsigned 64-bit numbers as two 32-bit words: reading and comparing words costs a few nanoseconds, where every
 * `getBigUint64` makes an object. `bigint` is for the API.
 */
const WORD = 4294967296;
const MAX_WORD = 0xffffffff;

export const MAX_U64 = 0xffff_ffff_ffff_ffffn;

export class U64 {
  constructor(
    readonly hi: number,
    readonly lo: number,
  ) {}

  static from(value: bigint): U64 {
    return new U64(Number(value >> 32n), Number(value & 0xffff_ffffn));
  }

  toBigInt(): bigint {
    return wordsToBigInt(this.hi, this.lo);
  }

  /** Below 0, 0 or above 0 as this is below, equal to or above the other. */
  compare(other: U64): number {
    return this.hi !== other.hi ? this.hi - other.hi : this.lo - other.lo;
  }
}

function wordsToBigInt(hi: number, lo: number): bigint {
  return hi === 0 ? BigInt(lo) : (BigInt(hi) << 32n) | BigInt(lo);
}

/** Reads the little-endian u64 at `offset`. */
export function readU64(view: DataView, offset: number): bigint {
  return wordsToBigInt(view.getUint32(offset + 4, true), view.getUint32(offset, true));
}

/** The same as words. */
export function readWords(view: DataView, offset: number): U64 {
  return new U64(view.getUint32(offset + 4, true), view.getUint32(offset, true));
}

export function writeU64(view: DataView, offset: number, value: U64): void {
  view.setUint32(offset, value.lo, true);
  view.setUint32(offset + 4, value.hi, true);
}

export function writeMaxU64(view: DataView, offset: number): void {
  view.setUint32(offset, MAX_WORD, true);
  view.setUint32(offset + 4, MAX_WORD, true);
}

/** Below 0, 0 or above 0 as the u64 at `offset` is below, equal to or above `value`. */
export function compareU64At(view: DataView, offset: number, value: U64): number {
  const hi = view.getUint32(offset + 4, true) - value.hi;
  return hi !== 0 ? hi : view.getUint32(offset, true) - value.lo;
}

/** The same between two u64 of one page. */
export function compareU64Within(view: DataView, a: number, b: number): number {
  return compareU64Between(view, a, view, b);
}

/** The same between u64 that are in two places. */
export function compareU64Between(a: DataView, aOffset: number, b: DataView, bOffset: number): number {
  const hi = a.getUint32(aOffset + 4, true) - b.getUint32(bOffset + 4, true);
  return hi !== 0 ? hi : a.getUint32(aOffset, true) - b.getUint32(bOffset, true);
}

export function isMaxU64At(view: DataView, offset: number): boolean {
  return view.getUint32(offset, true) === MAX_WORD && view.getUint32(offset + 4, true) === MAX_WORD;
}

/** No page: how page pointers say 2^64−1. */
export const NO_PAGE = -1;

/**
 * A page id as a number, `NO_PAGE` for 2^64−1. Ids from 2^53 on are inexact, and far beyond the end of any file: they
 * fail every range check, and what reports them reads them again with `readU64`.
 */
export function readPageId(view: DataView, offset: number): number {
  const lo = view.getUint32(offset, true);
  const hi = view.getUint32(offset + 4, true);
  if (hi === 0) return lo;
  return hi === MAX_WORD && lo === MAX_WORD ? NO_PAGE : hi * WORD + lo;
}

export function writePageId(view: DataView, offset: number, pageId: number): void {
  if (pageId === NO_PAGE) {
    writeMaxU64(view, offset);
    return;
  }
  view.setUint32(offset, pageId % WORD, true);
  view.setUint32(offset + 4, Math.floor(pageId / WORD), true);
}
