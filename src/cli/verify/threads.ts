/** How many threads a check by the command has. */
import os from 'node:os';

/**
 * One for a process that another one asks about one of many stores, because there are several of those; and where all
 * processors are busy, because two threads then take up to two fifths longer than one.
 */
export function threadsOfCheck(): 1 | 2 {
  const [load = 0] = os.loadavg();
  return process.send === undefined && load < os.availableParallelism() ? 2 : 1;
}
