/** The second reading of format 2 that other tests trust: silent on sound stores, and able to find every fault. */
import { expect } from 'chai';
import { hex } from '../support/bytes.js';
import { checkFormat2 } from '../support/format2-check.js';
import { decodeFormat2 } from '../support/format2-decode.js';
import { FAULTS_2, plantFault } from '../support/format2-damage.js';
import { type Rule, RULES, ruleOf } from '../support/format2/rules.js';
import { SOUND_STORES_2 } from '../support/format2-stores.js';
import { type KeySpec2, type StoreSpec2, writeFormat2 } from '../support/format2-writer.js';

describe('the second reading of format 2', () => {
  for (const { name, spec } of SOUND_STORES_2) {
    it(`finds nothing in a store with ${name}, and reads it at every position`, () => {
      const file = writeFormat2(spec);
      expect(checkFormat2(file)).to.deep.equal([]);
      expectRead(file, spec);
    });
  }

  it('has a planted fault for every rule', () => {
    const planted = new Set(FAULTS_2.map(({ rule }) => rule));
    expect(Object.keys(RULES).filter((rule) => !planted.has(rule as Rule))).to.deep.equal([]);
  });

  for (const fault of FAULTS_2) {
    it(`finds: ${fault.name} (${fault.rule})`, () => {
      const rules = new Set(checkFormat2(plantFault(fault)).map(ruleOf));
      expect([...rules].sort()).to.deep.equal([fault.rule, ...(fault.also ?? [])].sort());
    });
  }
});

/** Everything that the store was made of, and nothing else. */
function expectRead(file: Buffer, spec: StoreSpec2): void {
  const decoded = decodeFormat2(file);
  expect(decoded.tables.map(({ record }) => record.id)).to.deep.equal(spec.tables.map(({ id }) => id));
  expect([...decoded.freePages]).to.deep.equal(spec.freePages ?? []);
  for (const { id, keys } of spec.tables) {
    for (const { key, events } of keys) {
      const expected = events.map(({ position, value }) => ({ position, value: value && hex(value) }));
      expect(decoded.historyOf(id, key)).to.deep.equal(expected);
    }
    const positions = new Set([
      0n,
      spec.appliedPosition,
      ...keys.flatMap(({ events }) => events.map((e) => e.position)),
    ]);
    for (const position of positions) {
      expect(decoded.rowsAt(id, position)).to.deep.equal(keys.flatMap((key) => rowOf(key, position)));
    }
  }
}

function rowOf({ key, events }: KeySpec2, at: bigint): object[] {
  const index = events.findIndex(({ position }) => position <= at);
  const event = events[index];
  if (event === undefined || event.value === null) return [];
  const deletedAt = events[index - 1]?.position ?? null;
  return [{ key: hex(key), value: hex(event.value), createdAt: event.position, deletedAt }];
}
