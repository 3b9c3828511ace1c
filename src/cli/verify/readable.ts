/** What of a damaged store can still be read, and how. */
import type { Finding, FindingCode, KeySpan, VerifyReport } from '../../engine/index.js';
import { keyFlag } from '../damage.js';
import { counted, grouped } from '../text/counts.js';
import { keysText } from '../text/keys.js';
import { shellWord } from '../text/shell.js';

/** What of a table with damage can be read. */
export interface DamagedTable {
  readonly table: bigint;
  /** Of how many keys; undefined where the table does not count them, or has all of them. */
  readonly keys: { readonly reached: number; readonly recorded: number } | undefined;
  /** Keys whose older versions alone are in doubt. */
  readonly older: readonly KeySpan[];
  /** Commands that print the rows that can be read; none where no row can be. */
  readonly commands: readonly string[];
}

/** Findings that leave the rows alone as they are now. */
const OLDER_ONLY: ReadonlySet<FindingCode> = new Set(['history-gap', 'history-key', 'runs-flag', 'count-events']);
/** Findings about what is recorded of a table, not about what is in it. */
const COUNTS: ReadonlySet<FindingCode> = new Set(['count-rows', 'count-events', 'count-pages']);

const JOURNALS = ['journal-unusable', 'journal-damaged', 'journal-version'] as const;

/** In words. */
export function readableLines(store: string, report: VerifyReport): string[] {
  const { severities, trees, codes, isCopyUsed } = report;
  if (severities.corrupt === 0 || report.quick) return [];
  if (JOURNALS.some((code) => code in codes))
    return ['can be read: nothing, as long as that journal is beside the store'];
  const isHeadless = 'superblock-magic' in codes || 'superblock-crc' in codes;
  if (trees === null) return isHeadless ? ['can be read: nothing, before it is salvaged'] : [];
  const tables = damagedTables(store, report);
  return [
    ...countLines(report),
    ...tables.flatMap((table) => tableLines(table, report.shortTables.length > 1)),
    ...otherTables(report, tables),
    ...(isHeadless && isCopyUsed ? [`can be read: all else, by the copy of page 0`] : []),
  ];
}

/** All tables that findings are about, as far as those were kept. */
export function damagedTables(store: string, report: VerifyReport): DamagedTable[] {
  const { findings, severities, trees, quick } = report;
  if (trees === null || quick || severities.corrupt === 0) return [];
  const corrupt = findings.filter(({ severity }) => severity === 'corrupt');
  const isAll = corrupt.length === severities.corrupt;
  const short = new Map(report.shortTables.map((table) => [table.table, table]));
  const ids = new Set([...corrupt.flatMap(({ table }) => (table === undefined ? [] : [table])), ...short.keys()]);
  return [...ids]
    .toSorted((a, b) => Number(a > b) - Number(a < b))
    .map((table) => {
      const found = corrupt.filter((finding) => finding.table === table);
      const count = short.get(table);
      const keys = count && { reached: count.keys, recorded: count.keysRecorded };
      const older = found.filter(isOlder).flatMap(({ keys: span }) => (span === undefined ? [] : [span]));
      const rows = found.filter((finding) => !isOlder(finding));
      const commands = keys?.reached === 0 ? [] : waysTo(store, table, isAll ? rows : undefined);
      return { table, keys, older, commands };
    });
}

function isOlder({ code, isHistory }: Finding): boolean {
  return isHistory === true || OLDER_ONLY.has(code);
}

/** @param findings undefined where there are more of them than are known */
function waysTo(store: string, table: bigint, findings: readonly Finding[] | undefined): string[] {
  const scan = `kmb-store scan ${shellWord(store)} --table ${table}`;
  const spans = findings?.filter(({ code }) => !COUNTS.has(code)).map(({ keys }) => keys);
  if (spans?.length === 0) return [scan];
  const [first] = spans ?? [];
  const isOne = spans?.every((span) => span !== undefined && first !== undefined && isSameSpan(span, first)) === true;
  if (!isOne || first === undefined || (first.from === null && first.to === null)) return [`${scan} --skip-damaged`];
  const { from, to } = first;
  return [
    ...(from === null ? [] : [`${scan} ${keyFlag('--to', hex(from))}`]),
    ...(to === null ? [] : [`${scan} ${keyFlag('--from', hex(to))}`]),
  ];
}

function countLines({ trees, keysRecorded, tablesMissing }: VerifyReport): string[] {
  const lost = keysRecorded === null || trees === null ? 0 : keysRecorded - trees.keys;
  return [
    ...(tablesMissing > 0
      ? [`${counted(tablesMissing, 'table', 'tables')} cannot be found: what says where they begin is damaged`]
      : []),
    ...(lost > 0 ? [`${grouped(lost)} of ${grouped(keysRecorded ?? 0)} keys could not be reached`] : []),
  ];
}

function tableLines({ table, keys, older, commands }: DamagedTable, tellsKeys: boolean): string[] {
  const lost =
    keys === undefined || !tellsKeys
      ? []
      : [`${grouped(keys.recorded - keys.reached)} of ${grouped(keys.recorded)} keys could not be reached`];
  const [span] = older;
  const isSingle = span !== undefined && older.every((each) => isSameSpan(each, span));
  const versions = span === undefined ? [] : [`not older versions of ${isSingle ? keysText(span) : 'some keys'}`];
  const read =
    commands.length === 0
      ? ['no row can be read']
      : [[`can be read: ${commands.join(', and ')}`, ...versions].join('; ')];
  return [`table ${table}: ${[...lost, ...read].join('; ')}`];
}

/** That other tables are not concerned, where that is certain. */
function otherTables(
  { findings, severities, trees, tablesMissing }: VerifyReport,
  damaged: readonly DamagedTable[],
): string[] {
  const corrupt = findings.filter(({ severity }) => severity === 'corrupt');
  const isCertain = corrupt.length === severities.corrupt && corrupt.every(({ table }) => table !== undefined);
  const others = (trees?.tables ?? 0) - damaged.length;
  if (!isCertain || tablesMissing > 0 || others <= 0 || damaged.length === 0) return [];
  return [others === 1 ? 'the other table can be read' : `the other ${grouped(others)} tables can be read`];
}

function isSameSpan(a: KeySpan, b: KeySpan): boolean {
  return isSame(a.from, b.from) && isSame(a.to, b.to);
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
