/** Keys of trees as byte strings: those of history trees end in a position, which is compared after all before it. */

/** A range of keys: from `from` (inclusive) to `to` (exclusive); null where it is open. */
export interface Span {
  readonly from: Buffer | null;
  readonly to: Buffer | null;
}

/** Below 0, 0 or above 0. @param suffix bytes at the end that are compared last */
export function compareTreeKeys(a: Buffer, b: Buffer, suffix: number): number {
  if (suffix === 0) return a.compare(b);
  const [endA, endB] = [a.length - suffix, b.length - suffix];
  return a.subarray(0, endA).compare(b.subarray(0, endB)) || a.subarray(endA).compare(b.subarray(endB));
}

export function isWithin(key: Buffer, { from, to }: Span, suffix: number): boolean {
  return (
    (from === null || compareTreeKeys(key, from, suffix) >= 0) && (to === null || compareTreeKeys(key, to, suffix) < 0)
  );
}

/** The smallest key after a key of a table. */
export function keyAfter(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.alloc(1)]);
}
