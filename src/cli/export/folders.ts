/** Folders of a data set: what the engine, which only knows files, never needs. */
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { CliError, describeErrno, systemErrorCode } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';

/** Makes a folder, and those above it. */
export function makeFolder(folder: string): void {
  attempt('make', folder, () => mkdirSync(folder, { recursive: true }));
}

/** Gives a folder another name. @returns false where the name is taken */
export function renameFolder(from: string, to: string): boolean {
  return attempt('make', to, () => {
    try {
      renameSync(from, to);
      return true;
    } catch (error) {
      if (/^(EEXIST|ENOTEMPTY|ENOTDIR)$/.test(systemErrorCode(error) ?? '')) return false;
      throw error;
    }
  });
}

/** Removes a folder with all that is in it, where it is there. */
export function removeFolder(folder: string): void {
  attempt('remove', folder, () => {
    rmSync(folder, { recursive: true, force: true });
  });
}

/** Removes folders that are empty; others stay. */
export function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      rmdirSync(folder);
    } catch (error) {
      if (!/^(ENOTEMPTY|EEXIST|ENOENT)$/.test(systemErrorCode(error) ?? '')) throw error;
    }
  }
}

/** What has a name: links are followed. */
export function kindOf(file: string): 'absent' | 'file' | 'folder' {
  const found = attempt('read', file, () => statSync(file, { throwIfNoEntry: false }));
  if (found === undefined) return 'absent';
  return found.isDirectory() ? 'folder' : 'file';
}

/** All files below a folder, as paths from there with slashes. */
export function filesBelow(folder: string): string[] {
  return attempt('read', folder, () =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/')),
  );
}

function attempt<Result>(verb: string, folder: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    const errno = systemErrorCode(error);
    if (errno === undefined) throw error;
    const sentence = `cannot ${verb} ${folder}: ${describeErrno(error)}`;
    throw new CliError('IO_ERROR', EXIT.system, sentence, { facts: { path: folder, errno }, cause: error });
  }
}
