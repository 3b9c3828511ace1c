/** Measurements in turn, and what they give in relation to each other: a machine's speed drifts, ratios hardly do. */
import { median } from './median.js';

/**
 * Runs measurements one after the other, as many rounds as asked for, back and forth.
 *
 * @param measurements by name
 * @returns by name the results of all rounds
 */
export async function inTurn(rounds, measurements) {
  const names = Object.keys(measurements);
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) results[name].push(await measurements[name]());
  }
  return results;
}

/** The median of the ratios, round by round. */
export function medianRatio(results, others, field) {
  return median(results.map((result, round) => result[field] / others[round][field]));
}

export function medianOf(results, field) {
  return median(results.map((result) => result[field]));
}
