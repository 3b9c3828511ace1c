/** What two stores need for the same work, round by round: medians, ratios and their spread. */
import { median } from './median.js';

/**
 * Compares two lists of results that were measured in turn.
 *
 * @param of what a result counts with; of a rate more is better, of a time less
 * @returns the medians, and of the ratios ours / theirs the median, the lowest and the highest
 */
export function compare(ours, theirs, of) {
  if (ours.length === 0 || ours.length !== theirs.length) throw new Error('as many results of both are compared');
  const ratios = ours.map((result, round) => of(result) / of(theirs[round]));
  return {
    ours: median(ours.map(of)),
    theirs: median(theirs.map(of)),
    ratio: median(ratios),
    low: Math.min(...ratios),
    high: Math.max(...ratios),
  };
}

/** Whether a value is within a limit; undefined where there is none. */
export function isMet(value, { atMost, atLeast }) {
  if (atMost === undefined && atLeast === undefined) return undefined;
  return value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity);
}

/** What results are compared by. */
export const BY = {
  time: { unit: 's', of: ({ seconds }) => seconds },
  cpu: { unit: 's of CPU', of: ({ cpuSeconds }) => cpuSeconds },
  rate: { unit: 'k/s', of: ({ operations, seconds }) => operations / seconds / 1000 },
  throughput: { unit: 'MB/s', of: ({ bytes, seconds }) => bytes / seconds / 1e6 },
};

/**
 * A line of the report.
 *
 * @param results by name, of all rounds
 * @param limit `atMost` or `atLeast`, for the ratio
 */
export function comparison({ work, peer, by, ...limit }, results, ours, theirs) {
  const { unit, of } = BY[by];
  const compared = compare(results[ours], results[theirs], of);
  return { work, peer, unit, ...compared, ...limit, met: isMet(compared.ratio, limit) };
}

/** A line of the report for a single figure. */
export function figure({ work, unit, ...limit }, values) {
  const value = median(values);
  const spread = { low: Math.min(...values), high: Math.max(...values) };
  return { work, unit, value, ...spread, ...limit, met: isMet(value, limit) };
}
