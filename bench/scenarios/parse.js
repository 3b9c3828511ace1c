import { readLines } from '../lib/log-lines.js';

/** What every replay has to do at least: read the log, cut it into lines, parse each. */
export function prepare({ log }) {
  return () => {
    let operations = 0;
    for (const line of readLines(log)) operations += JSON.parse(line).ops.length;
    return { operations };
  };
}
