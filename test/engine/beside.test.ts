/** Readers and a follower beside a writer at full rate, for a moment; `npm run beside` does it for a minute. */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BesideHarness } from '../support/beside-harness.js';

describe('processes beside a writer that commits as fast as the disk syncs', function () {
  this.timeout(60_000);

  it('see each a commit, whole, and are told of each in its order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kmb-store-beside-'));
    try {
      const report = await new BesideHarness(join(folder, 's.kmb')).run(2, 400);
      expect(report.violations).to.deep.equal([]);
      expect(report.written.position).to.be.greaterThan(0);
      expect(report.followed).to.equal(report.written.position);
      expect(report.scans).to.be.greaterThan(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
