/** A table's record says what a walk counts. */
import type { Report, Rule } from './rules.js';
import type { Table2 } from './tables.js';

export function checkCounts({ record, current, history, keys, values }: Table2, applied: bigint, report: Report): void {
  const all = [...keys.values()];
  const entries = all.filter(({ entry }) => entry !== undefined);
  const rows = entries.filter(({ entry }) => isVisible(entry?.item.events[0]?.kind));
  const extents = [...values.values()];
  const expect = (rule: Rule, name: string, found: bigint | number, counted: number): void => {
    if (BigInt(found) !== BigInt(counted))
      report(rule, `table ${record.id}: ${name} ${found}, a walk counts ${counted}`);
  };
  expect('count-rows', 'rows', record.rows, rows.length);
  expect('count-keys', 'keys', record.keys, entries.length);
  expect('count-events', 'events', record.events, sum(all.map(({ events }) => events.length)));
  expect('count-pages', 'tree pages', record.treePages, current.pages.length + history.pages.length);
  expect('count-values', 'value pages', record.valuePages, sum(extents.map(({ pages }) => pages.length)));
  expect('count-values', 'value bytes', record.valueBytes, sum(extents.map(({ external }) => external.length)));
  checkPositions(
    record,
    all.flatMap(({ events }) => events.map(({ event }) => event.position)),
    applied,
    report,
  );
}

const isVisible = (kind: string | undefined): boolean => kind === 'inline' || kind === 'external';

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function checkPositions(
  { id, oldest, lastChanged }: Table2['record'],
  positions: readonly bigint[],
  applied: bigint,
  report: Report,
): void {
  const newest = positions.reduce((largest, position) => (position > largest ? position : largest), 0n);
  if (lastChanged < newest || lastChanged > applied) {
    report('last-changed', `table ${id}: ${lastChanged}, its newest event is at ${newest}, applied is ${applied}`);
  }
  if (oldest > applied) report('oldest', `table ${id}: ${oldest}, applied is ${applied}`);
}
