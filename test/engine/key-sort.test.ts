import { expect } from 'chai';
import { sortByKey } from '../../src/engine/commit-group/key-sort.js';
import { RADIX_MIN } from '../../src/engine/commit-group/radix-sort.js';
import { Random } from '../support/random.js';

const SEED = 901;

function sorted(keys: readonly Buffer[]): number[] {
  const order = sortByKey({
    length: keys.length,
    wordAt: (item, depth) =>
      Buffer.concat([keys[item]?.subarray(depth) ?? Buffer.of(), Buffer.alloc(4)]).readUInt32BE(),
    compareKeys: (a, b) => Buffer.compare(keys[a] ?? Buffer.of(), keys[b] ?? Buffer.of()),
  });
  return [...order];
}

function expectSorted(keys: readonly Buffer[]): void {
  const expected = keys.map((_, item) => item);
  expected.sort((a, b) => Buffer.compare(keys[a] ?? Buffer.of(), keys[b] ?? Buffer.of()) || a - b);
  expect(sorted(keys)).to.deep.equal(expected);
}

describe(`the sort by key (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const makers: Readonly<Record<string, () => Buffer>> = {
    'random bytes': () => random.bytes(random.below(12)),
    'random bytes, eight or more': () => random.bytes(random.between(8, 20)),
    'few different keys': () => Buffer.from(`key-${random.below(7)}`),
    'a long prefix in common': () => Buffer.from(`${'prefix/'.repeat(5)}${random.below(500)}`),
    'keys that end in zeros': () => Buffer.alloc(random.below(9)),
    'long keys that differ in the zeros at their ends': () =>
      Buffer.concat([Buffer.alloc(1000, 7), Buffer.alloc(random.below(24))]),
  };
  for (const [what, make] of Object.entries(makers)) {
    it(`sorts ${what}, equal keys in the order of their numbers`, () => {
      for (const length of [0, 1, 2, 12, 13, 100, 1500]) expectSorted(Array.from({ length }, make));
    });
  }

  it('sorts as many as are counted', () => {
    for (const what of ['random bytes', 'random bytes, eight or more', 'a long prefix in common']) {
      expectSorted(Array.from({ length: RADIX_MIN + 1 }, makers[what] as () => Buffer));
    }
  });
});
