/** The file of --lost: one loss a line, as JSON. */
import type { Loss } from '../../engine/index.js';
import { checkNewFile, writeCompleteFile } from '../output/complete-file.js';
import { toJson } from '../text/json.js';
import { lossJson } from './json.js';

/** Refuses a path that is there, or is one of the stores. @throws StoreError `OUTPUT_EXISTS`, `OUTPUT_IS_INPUT` */
export function checkLostFile(path: string, others: readonly string[], force: boolean): void {
  checkNewFile(path, '--lost', others, force);
}

/** Writes all losses. @throws CliError when that fails */
export function writeLostFile(path: string, lost: readonly Loss[], force: boolean): void {
  const lines = lost.map((loss) => `${toJson(lossJson(loss))}\n`);
  writeCompleteFile(path, lines, force);
}
