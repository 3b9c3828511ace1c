/**
 * A key where it is: bytes `keyStart` to `keyStart + keyLength` (exclusive) of `view`. Comparing in place spares a copy
 * and a `subarray` for every comparison on the way down a tree.
 */
export interface KeyRef {
  view: DataView;
  keyStart: number;
  keyLength: number;
}

export function keyRef(key: Uint8Array): KeyRef {
  return { view: new DataView(key.buffer, key.byteOffset, key.byteLength), keyStart: 0, keyLength: key.byteLength };
}

/** Compares two byte strings as `memcmp` does, a prefix before what it begins: below 0, 0, above 0. */
export function compareBytes(
  a: DataView,
  aStart: number,
  aLength: number,
  b: DataView,
  bStart: number,
  bLength: number,
): number {
  const shared = aLength < bLength ? aLength : bLength;
  let index = 0;
  for (; index + 4 <= shared; index += 4) {
    const difference = a.getUint32(aStart + index) - b.getUint32(bStart + index);
    if (difference !== 0) return difference;
  }
  for (; index < shared; index++) {
    const difference = a.getUint8(aStart + index) - b.getUint8(bStart + index);
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}

/** As `compareBytes`, but the last `suffix` bytes of each are compared only when all others are equal. */
export function compareSuffixedBytes(
  view: DataView,
  start: number,
  length: number,
  key: KeyRef,
  suffix: number,
): number {
  const end = length - suffix;
  const keyEnd = key.keyLength - suffix;
  const order = compareBytes(view, start, end, key.view, key.keyStart, keyEnd);
  return order !== 0 ? order : compareBytes(view, start + end, suffix, key.view, key.keyStart + keyEnd, suffix);
}

/** From this many bytes on, a copy by the platform is worth the two views that have to be made for it. */
const LONG_COPY = 512;

/**
 * Copies `length` bytes between places that do not overlap, or where the target is the lower one. For the short runs
 * of a page a word loop is several times as fast as making the `subarray` that a `set` needs.
 */
export function copyBytes(from: DataView, fromStart: number, to: DataView, toStart: number, length: number): void {
  if (length >= LONG_COPY) {
    const target = new Uint8Array(to.buffer, to.byteOffset + toStart, length);
    target.set(new Uint8Array(from.buffer, from.byteOffset + fromStart, length));
    return;
  }
  let index = 0;
  // Four words a round take three fifths of the time of one; signed words are never made objects.
  for (; index + 16 <= length; index += 16) {
    to.setInt32(toStart + index, from.getInt32(fromStart + index, true), true);
    to.setInt32(toStart + index + 4, from.getInt32(fromStart + index + 4, true), true);
    to.setInt32(toStart + index + 8, from.getInt32(fromStart + index + 8, true), true);
    to.setInt32(toStart + index + 12, from.getInt32(fromStart + index + 12, true), true);
  }
  for (; index + 4 <= length; index += 4) to.setInt32(toStart + index, from.getInt32(fromStart + index, true), true);
  for (; index < length; index++) to.setUint8(toStart + index, from.getUint8(fromStart + index));
}

/** From this many bytes on, a copy by the platform is faster than a loop. */
const SHORT_COPY = 256;

/** A copy of some bytes. For few of them a loop takes half the time of the `subarray` that else is made first. */
export function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  if (end - start > SHORT_COPY) return Buffer.from(bytes.subarray(start, end));
  const copy = Buffer.allocUnsafe(end - start);
  for (let from = start, to = 0; from < end; from++, to++) copy[to] = bytes[from] as number;
  return copy;
}

/** How many bytes the two begin with in common. */
export function commonPrefix(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  let length = 0;
  while (length < shared && a[length] === b[length]) length++;
  return length;
}

/**
 * The smallest key above every key that begins with `prefix`; `undefined` when there is none (no bytes, or all 0xFF).
 */
export function prefixEnd(prefix: Uint8Array): Uint8Array | undefined {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) return undefined;
  const end = Buffer.from(prefix.subarray(0, length));
  end[length - 1] = (end[length - 1] ?? 0) + 1;
  return end;
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
