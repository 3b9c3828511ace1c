/** Copies that are killed: real processes on a real file system. `npm run kill-copies` kills many more. */
import { expect } from 'chai';
import { requireBuild } from '../commands/support/processes.js';
import { withTempFolder } from '../commands/support/temp-folder.js';
import { CopyKillHarness } from '../support/copy-kill-harness.js';

describe('a copy that is killed', () => {
  before(requireBuild);

  it('leaves the old store or the new one, and a writer that waited goes on with it (seed 1)', function () {
    this.timeout(60_000);
    return withTempFolder(async (folder) => {
      const { violations, reads, kills } = await new CopyKillHarness(folder, 1).run(3);
      expect(violations).to.deep.equal([]);
      expect(kills).to.equal(3);
      expect(reads).to.be.greaterThan(3);
    });
  });
});
