/** A file beside the store that a command makes: it appears when it is complete, and never takes a place by mistake. */
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { StoreError } from '../../engine/index.js';
import { fileError } from '../cli-error.js';

/**
 * Refuses a path that is there, or is one of the stores.
 *
 * @param flag what the path was given with
 * @throws StoreError `OUTPUT_EXISTS`, `OUTPUT_IS_INPUT`
 */
export function checkNewFile(path: string, flag: string, others: readonly string[], force: boolean): void {
  const identity = identityOf(path);
  for (const other of others) {
    if (path !== other && (identity === undefined || identity !== identityOf(other))) continue;
    throw new StoreError('OUTPUT_IS_INPUT', `${path} is given twice`, { path }, `choose another name for ${flag}`);
  }
  if (identity === undefined || force) return;
  const hint = 'choose another name, or replace it with --force';
  throw new StoreError('OUTPUT_EXISTS', `${path} exists already`, { path }, hint);
}

/** Writes all parts; gives how many bytes they are. @throws CliError when that fails */
export function writeCompleteFile(path: string, parts: Iterable<string>, force: boolean): number {
  const temporary = `${path}.${process.pid}.tmp`;
  let bytes = 0;
  try {
    const file = openSync(temporary, 'wx');
    try {
      for (const part of parts) bytes += writeAll(file, Buffer.from(part));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (force) renameSync(temporary, path);
    else {
      linkSync(temporary, path);
      rmSync(temporary);
    }
    return bytes;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fileError(error, path);
  }
}

function writeAll(file: number, bytes: Buffer): number {
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
  return written;
}

function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
