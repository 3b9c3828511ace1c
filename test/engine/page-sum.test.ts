/** Page sums are what the format says, and their difference names the one page that is not as it should be. */
import { expect } from 'chai';
import { PageSum } from '../../src/engine/format/v2/page-sum.js';
import { Random } from '../support/random.js';

const P = 4_294_967_291n;
const WORD = 2 ** 32;

/** Checksums by page id. */
type Pages = Map<number, number>;

/** As the format says it. */
function sumsOf(pages: Pages): { sum0: number; sum1: number } {
  let sum0 = 0n;
  let sum1 = 0n;
  for (const [pageId, crc] of pages) {
    sum0 += BigInt(crc);
    sum1 += BigInt(pageId) * BigInt(crc);
  }
  return { sum0: Number(sum0 % P), sum1: Number(sum1 % P) };
}

const randomCrc = (random: Random): number => random.pick([0, 1, WORD - 1, WORD - 5, WORD - 6, random.below(WORD)]);
const randomPage = (random: Random): number =>
  random.pick([2, 3, 65_535, 65_536, WORD - 1, random.below(5000), random.below(WORD)]);

function randomPages(random: Random, count: number): Pages {
  return new Map(Array.from({ length: count }, () => [randomPage(random), randomCrc(random)]));
}

const sum = (pages: Pages): PageSum =>
  [...pages].reduce((total, [pageId, crc]) => total.with(pageId, 0, crc), PageSum.ZERO);

const numbersOf = ({ sum0, sum1 }: PageSum): { sum0: number; sum1: number } => ({ sum0, sum1 });

describe('page sums', () => {
  it('are those that whole numbers of any size give', () => {
    const random = new Random(1);
    for (let round = 0; round < 300; round += 1) {
      const pages = randomPages(random, random.below(40));
      let total = sum(pages);
      for (let change = 0; change < 20; change += 1) {
        const pageId = randomPage(random);
        const after = randomCrc(random);
        total = total.with(pageId, pages.get(pageId) ?? 0, after);
        pages.set(pageId, after);
      }
      expect(numbersOf(total)).to.deep.equal(sumsOf(pages));
    }
  });

  it('do not depend on the order, and can be added and taken away', () => {
    const random = new Random(2);
    for (let round = 0; round < 100; round += 1) {
      const pages = randomPages(random, 20);
      const total = sum(pages);
      expect(numbersOf(sum(new Map([...pages].reverse())))).to.deep.equal(numbersOf(total));
      const part = sum(new Map([...pages].slice(0, 7)));
      const rest = total.minus(part);
      expect(numbersOf(rest)).to.deep.equal(numbersOf(sum(new Map([...pages].slice(7)))));
      expect(part.plus(rest).equals(total)).to.equal(true);
      expect(PageSum.of(total).equals(total)).to.equal(true);
    }
  });

  it('name the only page that differs', () => {
    const random = new Random(3);
    for (let round = 0; round < 300; round += 1) {
      const pages = randomPages(random, 20);
      const total = sum(pages);
      // Two checksums that are equal modulo the prime cannot be told apart.
      const pageId = random.below(Number(P));
      const before = pages.get(pageId) ?? 0;
      const after = (before + 1 + random.below(Number(P) - 1)) % WORD;
      const difference = total.with(pageId, before, after).minus(total);
      if (difference.equals(PageSum.ZERO)) continue;
      expect(difference.culprit()).to.equal(pageId);
    }
  });

  it('name none where nothing differs, or two pages do that cancel each other out in one of them', () => {
    expect(PageSum.ZERO.culprit()).to.equal(undefined);
    const difference = PageSum.ZERO.with(7, 5, 9).with(8, 9, 5);
    expect(difference.equals(PageSum.ZERO)).to.equal(false);
    expect(difference.culprit()).to.equal(undefined);
  });
});
