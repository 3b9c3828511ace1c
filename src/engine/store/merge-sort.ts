import type { Steps } from '../steps.js';

/** Numbers merged between two steps, a power of two. */
const MERGED_A_STEP = 16_384;
/** Shorter runs are sorted by insertion. */
const RUN = 8;

type Compare = (a: number, b: number) => number;

/**
 * Sorts the numbers 0 to `length` − 1, stably: a merge sort from the bottom up, because the built-in sort cannot pause and a
 * commit group can have a million operations.
 */
export function* mergeSort(length: number, compare: Compare): Steps<Uint32Array> {
  let from = new Uint32Array(length);
  let to = new Uint32Array(length);
  for (let start = 0; start < length; start += RUN) {
    sortRun(from, start, Math.min(start + RUN, length), compare);
    if (start % MERGED_A_STEP === 0) yield;
  }
  for (let width = RUN; width < length; width *= 2) {
    yield* mergeRuns(from, to, width, compare);
    [from, to] = [to, from];
  }
  return from;
}

/** Fills `start` to `end` (exclusive) with those numbers, sorted by insertion. */
function sortRun(target: Uint32Array, start: number, end: number, compare: Compare): void {
  for (let next = start; next < end; next++) {
    let place = next;
    for (; place > start && compare(target[place - 1] as number, next) > 0; place--) {
      target[place] = target[place - 1] as number;
    }
    target[place] = next;
  }
}

/** Merges neighbouring runs of `width` sorted numbers. */
function* mergeRuns(from: Uint32Array, to: Uint32Array, width: number, compare: Compare): Steps<void> {
  const { length } = from;
  for (let start = 0; start < length; start += 2 * width) {
    const middle = Math.min(start + width, length);
    const end = Math.min(middle + width, length);
    let left = start;
    let right = middle;
    for (let place = start; place < end; place++) {
      const takeLeft = right === end || (left < middle && compare(from[left] as number, from[right] as number) <= 0);
      to[place] = from[takeLeft ? left++ : right++] as number;
      if (place % MERGED_A_STEP === 0) yield;
    }
  }
}
