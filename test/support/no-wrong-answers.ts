/** What a reading of a damaged store may say. */
import { expect } from 'chai';
import { nameOf, type Reading, type ScanReading } from './read-everything.js';
import type { StoredRow } from './read-rows.js';

/** Each answer is the expected one, and each scan gives all that is due, or gives it up to the damage that it names. */
export function expectNoWrongAnswers(reading: Reading, rows: readonly StoredRow[]): void {
  const expected = new Map(rows.map((row) => [nameOf(row), row.valueHex]));
  for (const [name, value] of reading.values) expect(value, `get of ${name}`).to.equal(expected.get(name));
  for (const scan of reading.scans) expectNoWrongScan(scan, rows);
}

function expectNoWrongScan({ table, reverse, rows, damaged }: ScanReading, all: readonly StoredRow[]): void {
  const due = all.filter((row) => row.table === table).map((row) => [nameOf(row), row.valueHex]);
  if (reverse) due.reverse();
  const label = `${reverse ? 'reverse ' : ''}scan of table ${table}`;
  expect(rows, label).to.deep.equal(damaged ? due.slice(0, rows.length) : due);
}

/** Nothing ended in damage. */
export function expectWhole(reading: Reading): void {
  expect(reading.opened).to.equal(true);
  expect(reading.keysDamaged).to.deep.equal([]);
  expect(reading.scans.some(({ damaged }) => damaged)).to.equal(false);
}
