/**
 * Single changed bytes: every one is found while its page has a checksum. `npm run sweep` does the same for every byte.
 */
import { expect } from 'chai';
import { PAGE_BYTES } from '../support/format1-decode.js';
import { sweep, SWEPT_1, SWEPT_2 } from '../support/sweep.js';

describe('a single changed byte', () => {
  for (const subject of [SWEPT_1, SWEPT_2]) {
    it(`is always found (${subject.name})`, () => {
      const { changes, found } = sweep(subject, { reseal: false, masks: [0x01, 0xff], step: 127 });
      // In the copy of the superblock it harms nobody.
      const inCopy = subject === SWEPT_2 ? found.odd : 0;
      expect(inCopy).to.be.within(subject === SWEPT_2 ? 60 : 0, subject === SWEPT_2 ? 66 : 0);
      expect(found).to.deep.equal({ corrupt: changes - inCopy, torn: 0, leak: 0, odd: inCopy });
    });
  }

  it('under a checksum made right is always found where there are page sums and two superblocks', () => {
    const { changes, found, missed } = sweep(SWEPT_2, { reseal: true, masks: [0x01, 0xff], step: 113 });
    expect(missed).to.deep.equal([]);
    expect(found.corrupt + found.torn).to.equal(changes);
  });

  it('under a checksum made right is found, or changes nothing that can be read, or makes another legal value', () => {
    const { changes, found, unread, legal, missed } = sweep(SWEPT_1, {
      reseal: true,
      masks: [0x01, 0xff],
      step: 113,
    });
    expect(missed).to.deep.equal([]);
    expect(found.corrupt).to.be.above(5);
    expect(changes).to.equal(sum(found) + unread + sum(legal));
  });

  it('of the header, the slots or the links of a page is found whatever the checksum says', () => {
    for (const page of [1, 4]) {
      const { store } = SWEPT_1;
      const items = store.readUInt16LE(page * PAGE_BYTES + 6);
      const head = store.subarray(0, page * PAGE_BYTES + 32 + 4 * items);
      const { found, unread, legal } = sweep(SWEPT_1, {
        reseal: true,
        masks: [0x01, 0x80, 0xff],
        from: page * PAGE_BYTES,
        to: head.length,
      });
      expect({ unread, legal }).to.deep.equal({ unread: 0, legal: {} });
      expect(sum(found)).to.equal((head.length - page * PAGE_BYTES) * 3);
    }
  });
});

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
