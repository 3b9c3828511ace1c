/**
 * Single changed bytes: every one is found while its page has a checksum. `npm run sweep` does the same for every byte.
 */
import { expect } from 'chai';
import { healthyStore } from '../support/damage.js';
import { PAGE_BYTES } from '../support/format1-decode.js';
import { sweep } from '../support/sweep.js';

describe('a single changed byte', () => {
  it('is always found', () => {
    const { changes, found } = sweep(healthyStore(), { reseal: false, masks: [0x01, 0xff], step: 127 });
    expect(found).to.deep.equal({ corrupt: changes, torn: 0, leak: 0, odd: 0 });
  });

  it('under a checksum made right is found, or changes nothing that can be read, or makes another legal value', () => {
    const { changes, found, unread, legal, missed } = sweep(healthyStore(), {
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
      const store = healthyStore();
      const items = store.readUInt16LE(page * PAGE_BYTES + 6);
      const head = store.subarray(0, page * PAGE_BYTES + 32 + 4 * items);
      const { found, unread, legal } = sweep(store, {
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
