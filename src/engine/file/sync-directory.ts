/** Makes the names in a directory durable, where the system has a call for that. */
import fs from 'node:fs';

/** What is called of the system; a test calls something else. */
export interface DirectoryCalls extends Pick<typeof fs, 'openSync' | 'fsyncSync' | 'closeSync'> {
  readonly platform: NodeJS.Platform;
}

/** What Windows says to a directory that is opened, or synced, like a file. */
const CANNOT_SYNC: ReadonlySet<unknown> = new Set(['EACCES', 'EBADF', 'EINVAL', 'EISDIR', 'EPERM']);

const { openSync, fsyncSync, closeSync } = fs;
const ofThisSystem: DirectoryCalls = { openSync, fsyncSync, closeSync, platform: process.platform };

/**
 * Syncs a directory. Windows cannot, and writes names in an order of its own: that must not fail a commit which has
 * already happened. Elsewhere the same answers are failures.
 */
export function syncDirectory(directory: string, calls: DirectoryCalls = ofThisSystem): void {
  try {
    const descriptor = calls.openSync(directory, fs.constants.O_RDONLY);
    try {
      calls.fsyncSync(descriptor);
    } finally {
      calls.closeSync(descriptor);
    }
  } catch (error) {
    if (calls.platform !== 'win32' || !CANNOT_SYNC.has((error as NodeJS.ErrnoException).code)) throw error;
  }
}
