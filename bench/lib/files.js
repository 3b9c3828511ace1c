import { closeSync, fsyncSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The files that a store consists of: all in one folder, or all that begin with its name. */
function filesOf(path) {
  const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : dirname(path);
  const prefix = folder === path ? '' : basename(path);
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(folder, name));
}

export function sizeOf(path) {
  return filesOf(path).reduce((sum, file) => sum + statSync(file).size, 0);
}

export function syncFiles(path) {
  for (const file of filesOf(path)) {
    const descriptor = openSync(file, 'r+');
    fsyncSync(descriptor);
    closeSync(descriptor);
  }
}

export function removeFiles(path) {
  for (const file of filesOf(path)) rmSync(file, { recursive: true });
  rmSync(path, { recursive: true, force: true });
}
