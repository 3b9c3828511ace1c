/** Logs as files of JSON Lines. */
import { closeSync, existsSync, openSync, renameSync, writeSync } from 'node:fs';

/** Writes the lines to a file, unless it is there: a file that has the name is whole. */
export function makeLogFile(path, lines) {
  if (existsSync(path)) return;
  const unfinished = `${path}.unfinished`;
  const file = openSync(unfinished, 'w');
  for (const line of lines()) writeSync(file, line);
  closeSync(file);
  renameSync(unfinished, path);
}
