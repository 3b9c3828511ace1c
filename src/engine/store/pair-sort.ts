import type { Steps } from '../steps.js';

/** Pairs merged between two steps, a power of two. */
const MERGED_A_STEP = 16_384;
/** Shorter runs are sorted by insertion. */
const RUN = 8;

/** Numbers to sort by, each with a number that goes with it. */
export interface Pairs {
  readonly keys: Float64Array;
  readonly companions: Float64Array;
}

/** Orders two companions whose keys are equal. */
type CompareTies = (a: number, b: number) => number;

/**
 * Sorts pairs, stably: a merge sort from the bottom up, because the built-in sort cannot pause and moves no companions. Keys are
 * read in sequence, which for a million of them is several times as fast as looking each one up.
 */
export function* sortPairs(pairs: Pairs, compareTies: CompareTies): Steps<Pairs> {
  const { length } = pairs.keys;
  let from = pairs;
  let to: Pairs = { keys: new Float64Array(length), companions: new Float64Array(length) };
  for (let start = 0; start < length; start += RUN) {
    sortRun(from, start, Math.min(start + RUN, length), compareTies);
    if (start % MERGED_A_STEP === 0) yield;
  }
  for (let width = RUN; width < length; width *= 2) {
    yield* mergeRuns(from, to, width, compareTies);
    [from, to] = [to, from];
  }
  return from;
}

function sortRun({ keys, companions }: Pairs, start: number, end: number, compareTies: CompareTies): void {
  for (let next = start + 1; next < end; next++) {
    const key = keys[next] as number;
    const companion = companions[next] as number;
    let place = next;
    for (; place > start; place--) {
      const before = keys[place - 1] as number;
      if (before < key || (before === key && compareTies(companions[place - 1] as number, companion) <= 0)) break;
      keys[place] = before;
      companions[place] = companions[place - 1] as number;
    }
    keys[place] = key;
    companions[place] = companion;
  }
}

/** Merges neighbouring runs of `width` sorted pairs. */
function* mergeRuns(from: Pairs, to: Pairs, width: number, compareTies: CompareTies): Steps<void> {
  const { keys, companions } = from;
  for (let start = 0; start < keys.length; start += 2 * width) {
    const middle = Math.min(start + width, keys.length);
    const end = Math.min(middle + width, keys.length);
    let left = start;
    let right = middle;
    for (let place = start; place < end; place++) {
      let source = left;
      if (left === middle || (right < end && isBehind(from, left, right, compareTies))) source = right++;
      else left++;
      to.keys[place] = keys[source] as number;
      to.companions[place] = companions[source] as number;
      if (place % MERGED_A_STEP === 0) yield;
    }
  }
}

function isBehind({ keys, companions }: Pairs, left: number, right: number, compareTies: CompareTies): boolean {
  const a = keys[left] as number;
  const b = keys[right] as number;
  if (a !== b) return a > b;
  return compareTies(companions[left] as number, companions[right] as number) > 0;
}
