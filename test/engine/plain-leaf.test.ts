/** A leaf that is plain at a glance has no fault by the full checks, and leaves as they are written are plain. */
import { expect } from 'chai';
import { layoutFaults } from '../../src/engine/format/v2/page-layout.js';
import { PAGES_2 } from '../../src/engine/format/v2/pages.js';
import { isPlainLeaf } from '../../src/engine/format/v2/plain-leaf.js';
import { changedLeaves, isSound, leavesOf } from '../support/glanced-leaves.js';

const LEAF = 0;

describe('a leaf that is looked at once', () => {
  it('is plain as the engine writes it', () => {
    const leaves = leavesOf(LEAF, 1131);
    expect(leaves.length).to.be.above(10);
    for (const leaf of leaves) expect(isPlainLeaf(leaf)).to.equal(true);
  });

  it('is never plain with a fault, whichever of its bytes were changed (seed 1132)', () => {
    const counts = { plain: 0, faulty: 0 };
    for (const leaf of changedLeaves(LEAF, 1132)) {
      const isPlain = isPlainLeaf(leaf);
      const sound = isSound(leaf);
      counts[sound ? 'plain' : 'faulty'] += 1;
      if (isPlain) {
        expect(sound).to.equal(true);
        expect([...layoutFaults(leaf)].filter(({ message }) => !message.includes('unused'))).to.deep.equal([]);
      }
      if (PAGES_2.isTidy(leaf, {})) expect([...PAGES_2.advisoryFaults(leaf)]).to.deep.equal([]);
    }
    expect(counts.plain).to.be.above(1000);
    expect(counts.faulty).to.be.above(1000);
  });
});
