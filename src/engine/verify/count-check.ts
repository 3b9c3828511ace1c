/** Compares what the record of a table counts with what a walk has counted. */
import type { TableCounts } from '../format/superblock.js';
import type { FindingCode } from './finding-kinds.js';
import type { FindingLog } from './findings.js';
import type { TableRecord } from './stored-superblock.js';

/** What a walk through a table counts. */
export type WalkedCounts = Omit<TableCounts, 'oldest' | 'lastChanged'>;

interface Count {
  readonly name: keyof WalkedCounts;
  readonly code: FindingCode;
  readonly label: string;
  readonly needs: keyof Countable;
}

const COUNTS: readonly Count[] = [
  { name: 'rows', code: 'count-rows', label: 'rows', needs: 'entries' },
  { name: 'keys', code: 'count-rows', label: 'keys', needs: 'entries' },
  { name: 'events', code: 'count-events', label: 'events', needs: 'events' },
  { name: 'treePages', code: 'count-pages', label: 'tree pages', needs: 'events' },
  { name: 'valuePages', code: 'count-pages', label: 'value pages', needs: 'values' },
  { name: 'valueBytes', code: 'count-pages', label: 'value bytes', needs: 'values' },
];

/** Which counts can be compared: where something is out of reach, what was counted is too little. */
export interface Countable {
  readonly entries: boolean;
  /** With the older ones, and the pages of both trees. */
  readonly events: boolean;
  readonly values: boolean;
}

export function checkCounts(
  { id, record, place }: TableRecord,
  walked: WalkedCounts,
  countable: Countable,
  log: FindingLog,
): void {
  for (const { name, code, label, needs } of COUNTS) {
    if (record === undefined || !countable[needs] || record[name] === walked[name]) continue;
    const message = `the record of table ${id} counts ${record[name]} ${label}, and there are ${walked[name]}`;
    const facts = { message, expected: walked[name], found: BigInt(record[name]) };
    log.add(code, { page: place.page, table: id }, facts);
  }
}
