/** The checker that every other test trusts: silent on sound files, and able to fail. */
import { expect } from 'chai';
import { ownStores } from '../fixtures/stores.js';
import { healthyStore, ownDamages } from '../support/damage.js';
import { damagedStores, goldenStores } from '../support/golden.js';
import { readAllRows } from '../support/read-rows.js';
import { checkStructure, CRATE_FILES, OWN_FILES } from '../support/structure-check.js';

/** Registered but empty, torn and rootless things aside, what the writer can lay out is legal. */
const LEGAL_LAYOUTS = CRATE_FILES;

describe('the structural checker', () => {
  for (const { name, bytes, rowsAt } of [...goldenStores(), ...ownStores()]) {
    it(`finds nothing in ${name}, and reads its rows at every given position`, () => {
      expect(checkStructure(bytes, LEGAL_LAYOUTS)).to.deep.equal([]);
      for (const [position, rows] of rowsAt) expect(readAllRows(bytes, position)).to.deep.equal(rows);
    });
  }

  it('finds nothing in the store that the damage is done to, by the strictest rules', () => {
    expect(checkStructure(healthyStore(), OWN_FILES)).to.deep.equal([]);
  });

  for (const { name, bytes } of ownDamages()) {
    it(`sees: ${name}`, () => {
      expect(checkStructure(bytes, OWN_FILES)).to.not.be.empty;
    });
  }

  for (const { name, bytes, severity } of damagedStores()) {
    it(`${severity === 'ok' ? 'accepts' : 'sees'}: ${name}`, () => {
      expect(checkStructure(bytes, CRATE_FILES).length > 0).to.equal(severity !== 'ok');
    });
  }

  it('holds files of our own to more than those of the crate', () => {
    for (const { name, bytes } of ownStores()) {
      const rules = new Set(checkStructure(bytes, OWN_FILES).map(({ rule }) => rule));
      expect([...rules], name).to.deep.equal(STRICTER_RULES[name] ?? []);
    }
  });
});

/** What makes a layout legal for a reader but not ours to write. */
const STRICTER_RULES: Readonly<Record<string, readonly string[]>> = {
  'own-sparse': ['unused-bytes'],
  'own-empty-leaves': ['empty-leaf'],
  'own-leftovers': ['version-empty'],
  'own-tables': ['table-ids'],
};
