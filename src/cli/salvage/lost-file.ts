/** The file of --lost: one loss a line, as JSON. It appears when it is complete. */
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { StoreError, type Loss } from '../../engine/index.js';
import { fileError } from '../cli-error.js';
import { toJson } from '../text/json.js';
import { lossJson } from './json.js';

/** Refuses a path that is there, or is one of the stores. @throws StoreError `OUTPUT_EXISTS`, `OUTPUT_IS_INPUT` */
export function checkLostFile(path: string, others: readonly string[], force: boolean): void {
  const identity = identityOf(path);
  for (const other of others) {
    if (path !== other && (identity === undefined || identity !== identityOf(other))) continue;
    throw new StoreError('OUTPUT_IS_INPUT', `${path} is given twice`, { path }, 'choose another name for --lost');
  }
  if (identity === undefined || force) return;
  const hint = 'choose another name, or replace it with --force';
  throw new StoreError('OUTPUT_EXISTS', `${path} exists already`, { path }, hint);
}

/** Writes all losses. @throws CliError when that fails */
export function writeLostFile(path: string, lost: readonly Loss[], force: boolean): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, 'wx');
    try {
      for (const loss of lost) writeSync(file, `${toJson(lossJson(loss))}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (force) renameSync(temporary, path);
    else {
      linkSync(temporary, path);
      rmSync(temporary);
    }
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fileError(error, path);
  }
}

function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
