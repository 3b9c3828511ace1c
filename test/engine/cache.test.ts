/** The page cache: a hard capacity, the least recently used page first, and never one that is in use. */
import { expect } from 'chai';
import { MIN_CACHE_PAGES, PageCache } from '../../src/engine/cache/page-cache.js';
import { Random } from '../support/random.js';

/** A cache over a storage of one byte a page, which notes what it is asked for. */
function spiedCache(
  capacity = MIN_CACHE_PAGES,
  passes = (): boolean => false,
): {
  cache: PageCache;
  loads: number[];
  evicted: number[];
  stored: Map<number, number>;
} {
  const [loads, evicted, stored] = [[] as number[], [] as number[], new Map<number, number>()];
  const cache = new PageCache(capacity, {
    load: (pageId, frame) => {
      loads.push(pageId);
      frame.bytes[0] = stored.get(pageId) ?? 0;
      return passes();
    },
    evict: (frame) => {
      evicted.push(frame.pageId);
      stored.set(frame.pageId, frame.bytes[0] ?? 0);
    },
  });
  return { cache, loads, evicted, stored };
}

function fetchAll(cache: PageCache, from: number, to: number): void {
  for (let pageId = from; pageId <= to; pageId += 1) {
    cache.release();
    cache.fetch(pageId);
  }
}

describe('the page cache', () => {
  it('loads a page once as long as there is room, and lets the least recently used one go', () => {
    const { cache, loads } = spiedCache();
    fetchAll(cache, 1, 32);
    fetchAll(cache, 1, 31);
    fetchAll(cache, 33, 33);
    fetchAll(cache, 1, 31);
    expect(loads.length).to.equal(33);
    fetchAll(cache, 32, 32);
    expect(loads.slice(33)).to.deep.equal([32]);
  });

  it('gives a page that was changed to the storage before it goes, and no other', () => {
    const { cache, evicted } = spiedCache();
    cache.fetch(1).dirty = true;
    fetchAll(cache, 2, 64);
    expect(evicted).to.deep.equal([1]);
  });

  it('never lets a page go that is in use, however long ago it was fetched', () => {
    const { cache, loads } = spiedCache();
    const held = Array.from({ length: 31 }, (_, index) => cache.fetch(index + 1));
    for (let pageId = 100; pageId < 132; pageId += 1) {
      cache.release();
      for (const frame of held) cache.fetch(frame.pageId);
      cache.fetch(pageId);
    }
    expect(held.map(({ pageId }) => pageId)).to.deep.equal(Array.from({ length: 31 }, (_, index) => index + 1));
    expect(loads.length).to.equal(31 + 32);
    cache.release();
    for (let pageId = 1; pageId <= 32; pageId += 1) cache.fetch(pageId);
    expect(() => cache.fetch(1000)).to.throw('in use');
  });

  it('uses few frames for pages that pass through, and keeps those that are asked for again', () => {
    const { cache, loads } = spiedCache(1000, () => true);
    for (let pageId = 1; pageId <= 500; pageId += 1) {
      cache.release();
      cache.fetch(pageId);
      // Asked for while it is the last one: that is still the same look at it.
      cache.fetch(pageId);
      if (pageId % 100 === 0) cache.fetch(pageId - 1);
    }
    const kept = Array.from({ length: 500 }, (_, index) => index + 1).filter((pageId) => cache.peek(pageId));
    const last = Array.from({ length: 16 }, (_, index) => 485 + index);
    expect(kept).to.deep.equal([99, 199, 299, 399, ...last]);
    expect(loads.length).to.equal(500);
  });

  it('keeps neither a page whose loading failed nor its frame', () => {
    const cache = new PageCache(MIN_CACHE_PAGES, {
      load: (pageId) => {
        if (pageId % 2 === 0) throw new Error('cannot load');
        return false;
      },
      evict: () => {},
    });
    for (let pageId = 1; pageId <= 200; pageId += 1) {
      cache.release();
      if (pageId % 2 === 0) expect(() => cache.fetch(pageId)).to.throw('cannot load');
      else expect(cache.fetch(pageId).pageId).to.equal(pageId);
      expect(cache.peek(pageId)?.pageId).to.equal(pageId % 2 === 0 ? undefined : pageId);
    }
  });

  it('never loses a change, whatever is fetched, changed and dropped (seed 901)', () => {
    const random = new Random(901);
    const { cache, stored } = spiedCache();
    const expected = new Map<number, number>();
    for (let step = 0; step < 20_000; step += 1) {
      cache.release();
      const pageId = random.between(1, 100);
      const frame = cache.fetch(pageId);
      expect(frame.bytes[0]).to.equal(expected.get(pageId) ?? 0);
      if (random.chance(0.3)) {
        frame.bytes[0] = random.below(256);
        frame.dirty = true;
        expected.set(pageId, frame.bytes[0]);
      } else if (random.chance(0.1)) {
        cache.drop(pageId);
        expected.set(pageId, stored.get(pageId) ?? 0);
      }
    }
    expect(cache.dirtyFrames().length).to.be.lessThanOrEqual(MIN_CACHE_PAGES);
  });
});
