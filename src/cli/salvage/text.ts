/** What a salvage has come to, for people. */
import type { Loss, SalvageProgress, SalvageSummary } from '../../engine/index.js';
import type { ProseLine } from '../output/prose.js';
import { headed, wholly } from '../output/prose.js';
import { counted, grouped } from '../text/counts.js';
import { keysText } from '../text/keys.js';

/** Of more losses only the number is told: the file of --lost has all of them. */
const LOSSES_MAX = 20;

const PHASES: Readonly<Record<SalvageProgress['phase'], string>> = {
  checking: 'checking the store',
  reading: 'reading what is sound',
  writing: 'writing what was found',
  comparing: 'comparing the result',
};

export function salvageProgress({ phase, pagesDone, pagesTotal }: SalvageProgress): string {
  const fraction = pagesTotal === 0 ? 1 : Math.min(1, pagesDone / pagesTotal);
  return `${PHASES[phase]}: ${Math.floor(fraction * 100)} %`;
}

export function salvageLines(output: string, summary: SalvageSummary): ProseLine[] {
  const { tables, lost } = summary;
  const keys = tables.reduce((sum, table) => sum + table.keys, 0);
  const versions = tables.reduce((sum, table) => sum + table.versions, 0);
  const saved = `${counted(tables.length, 'table', 'tables')}, ${counted(keys, 'key', 'keys')}, ${counted(versions, 'version', 'versions')}`;
  return [
    wholly('heading', `${output}: ${saved} saved, as of position ${summary.appliedPosition}`),
    ...tables.map((table) => ({ text: `  ${tableText(table)}` })),
    ...(lost.length === 0 ? [{ text: 'nothing is lost' }] : lossLines(lost)),
    ...notes(summary).map((text) => ({ text })),
  ];
}

function tableText({ id, isKnown, keys, versions, keysBefore }: SalvageSummary['tables'][number]): string {
  const lost = keysBefore === undefined || keysBefore <= keys ? '' : `, ${grouped(keysBefore - keys)} keys lost`;
  const name = isKnown ? `table ${id}` : `rows whose table is not known, as table ${id}`;
  return `${name}: ${counted(keys, 'key', 'keys')}, ${counted(versions, 'version', 'versions')}${lost}`;
}

function lossLines(lost: readonly Loss[]): ProseLine[] {
  const more = lost.length - LOSSES_MAX;
  return [
    ...lost.slice(0, LOSSES_MAX).map((loss) => headed('problem', 'lost:', ` ${lossText(loss)}`)),
    ...(more > 0 ? [{ text: `  ${grouped(more)} more: --lost FILE has all of them` }] : []),
  ];
}

/** What a loss is, in one line. */
export function lossText({ kind, table, fromKey, toKey, fromPosition, toPosition, pages }: Loss): string {
  const where = pages.length === 0 ? '' : ` (page ${pages.join(', ')})`;
  const keys = keysText({ from: fromKey, to: toKey });
  const positions = positionsText(fromPosition, toPosition);
  const name = table === null ? '' : `table ${table}`;
  switch (kind) {
    case 'rows':
      return `${name}, ${keys}${where}`;
    case 'history':
      return `${name}, ${keys}: older versions${positions}${where}`;
    case 'value':
      return `${name}, ${keys}: the value${positions}${where}`;
    case 'unknown':
      if (table !== null) return `${name}: fewer keys or versions than it has counted, not known which`;
      return positions === ''
        ? `the pages are not those of one commit: what of it is missing is not known${where}`
        : `what was applied${positions}, if anything${where}`;
  }
}

function positionsText(from: bigint | null, to: bigint | null): string {
  if (from === null && to === null) return '';
  if (from === to) return ` of position ${String(from)}`;
  if (from === null) return ` up to position ${String(to)}`;
  return to === null ? ` from position ${from} on` : ` of positions ${from} to ${to}`;
}

function notes({ isPositionKnown, mayHavePurged, valuesAlone, isMarked, appliedPosition }: SalvageSummary): string[] {
  return [
    ...(isPositionKnown ? [] : [`position ${appliedPosition} is the highest that was found: the superblock is lost`]),
    ...(mayHavePurged ? ['rows of tables that were purged may be there again: nothing says what was purged'] : []),
    ...(valuesAlone > 0
      ? [
          `${counted(valuesAlone, 'long value was', 'long values were')} found whose row is lost: there from when it was put, and deleted at the next position`,
        ]
      : []),
    ...(isMarked ? ['its log hash is not known any more: a replay cannot tell that a log is the right one'] : []),
  ];
}
