import { expect } from 'chai';
import { purgeRounds } from '../support/purge-rounds.js';

describe('a table that is filled and purged again and again', () => {
  // Of few rows the pages stay in the file, of many its end is cut off.
  for (const rows of [1000, 10_000]) {
    it(`does not let the file grow after the second round, with ${rows} rows`, () => {
      const sizes = purgeRounds(20, rows);
      expect(Math.max(...sizes.slice(2))).to.be.at.most(Math.max(...sizes.slice(0, 2)));
    });
  }
});
