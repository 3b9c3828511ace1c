/** Runs that are plain at a glance have no fault by the full checks, and runs as they are written are plain. */
import { expect } from 'chai';
import { hasPlainRuns } from '../../src/engine/format/v2/plain-runs.js';
import { changedLeaves, isSound, leavesOf } from '../support/glanced-leaves.js';

const LEAF = 4;

describe('a leaf of a history that is looked at once', () => {
  it('is plain as the engine writes it', () => {
    const leaves = leavesOf(LEAF, 1621);
    expect(leaves.length).to.be.above(10);
    for (const leaf of leaves) expect(hasPlainRuns(leaf)).to.equal(true);
  });

  it('is never plain with a fault, whichever of its bytes were changed (seed 1622)', () => {
    const counts = { plain: 0, faulty: 0 };
    for (const leaf of changedLeaves(LEAF, 1622)) {
      const isPlain = hasPlainRuns(leaf);
      const sound = isSound(leaf);
      counts[sound ? 'plain' : 'faulty'] += 1;
      if (isPlain) expect(sound).to.equal(true);
    }
    expect(counts.plain).to.be.above(1000);
    expect(counts.faulty).to.be.above(1000);
  });
});
