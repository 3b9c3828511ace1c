/**
 * An independent structural checker of a format-2 file: every invariant of its description, and nothing of src/engine.
 *
 * Every test that writes a store of format 2 ends here.
 */
import { checkCounts } from './format2/check-counts.js';
import { checkHistory } from './format2/check-history.js';
import {
  checkCopy,
  checkFreeMap,
  checkLength,
  checkRecordPlace,
  checkSums,
  checkSuperblock,
} from './format2/check-superblock.js';
import { checkTree, type ReportOn } from './format2/check-tree.js';
import { checkValue } from './format2/check-values.js';
import { FIRST_PAGE, PAGE_BYTES } from './format2/layout.js';
import { type Fault, faultText, reportInto } from './format2/rules.js';
import type { Superblock2 } from './format2/superblock.js';
import { type Decoded2, decodeFormat2 } from './format2-decode.js';

export interface CheckOptions2 {
  /** h(1) of the log: the store id is derived from it, unless the store is a copy of one of format 1. */
  readonly firstHash?: Uint8Array;
  /** Page 1 may differ from page 0: a journal is beside the store, or a crash lost one of them. */
  readonly ignoreCopy?: boolean;
  /** Pages past the next page id: a crash leaves them to the next writer. */
  readonly allowTail?: boolean;
  /** Pages that are neither reached nor free. */
  readonly allowLeaks?: boolean;
}

/** Every violation as a sentence that begins with the name of the rule; none: the store is sound. */
export function checkFormat2(file: Buffer, options: CheckOptions2 = {}): string[] {
  return findFaults(file, options).map(faultText);
}

function findFaults(file: Buffer, options: CheckOptions2): Fault[] {
  const faults: Fault[] = [];
  const report: ReportOn = (page) => reportInto(faults, page);
  if (file.length < FIRST_PAGE * PAGE_BYTES) {
    report(0)('file-length', `${file.length} bytes have no room for two superblocks`);
    return faults;
  }
  const decoded = decodeFormat2(file);
  faults.push(...decoded.faults);
  if (options.ignoreCopy !== true) checkCopy(file, report(1));
  if (decoded.superblock !== undefined) checkStore(file, decoded, decoded.superblock, options, report);
  return faults;
}

function checkStore(
  file: Buffer,
  decoded: Decoded2,
  superblock: Superblock2,
  options: CheckOptions2,
  report: ReportOn,
): void {
  checkSuperblock(superblock, options.firstHash, report(0));
  checkRecordPlace(superblock, report(0));
  checkLength(file, superblock, options.allowTail === true, report(0));
  checkFreeMap(decoded, superblock, options.allowLeaks === true, report);
  checkSums(decoded, superblock, report(0));
  const { tables, catalogue } = decoded;
  if (superblock.tableCount !== tables.length) {
    report(0)('table-count', `${superblock.tableCount}, there are ${tables.length} records of tables`);
  }
  if (catalogue !== undefined) checkTree(catalogue, superblock, report);
  for (const table of tables) {
    checkTree(table.current, superblock, report);
    checkTree(table.history, superblock, report);
    checkHistory(table, report);
    for (const value of table.values.values()) checkValue(value, superblock, report);
    checkCounts(table, superblock.appliedPosition, report(0));
  }
}
