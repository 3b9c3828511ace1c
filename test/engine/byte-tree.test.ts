/** The tree of bytes alone against a sorted map: changes, rollbacks, walks, cursors that stay open. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Frame } from '../../src/engine/cache/frame.js';
import type { ChooseCuts, PendingItem } from '../../src/engine/tree/split.js';
import { MAX_ITEM_LENGTH, TreeWriter } from '../../src/engine/tree/writer.js';
import { type KeyChange, runTreeSteps, type TreeStep } from '../support/byte-tree-steps.js';
import { Random } from '../support/random.js';

const SEED = 20_261_127;
const CACHE_PAGES = [32, 256, 16_384] as const;
const KEY_LENGTH_SIZE = 2;
/** A page check looks for at least this much after the key of a leaf's item. */
const REST_MIN = 2;

/** Few keys that sort in awkward ways, so that they meet. */
const keys = ['', '\0', 'a', 'a\0', 'aa', 'b', 'b\u00ff', '\u00ff', 'm'.repeat(1024), `${'m'.repeat(1023)}n`, 'z'];
const key = fc.constantFrom(...keys);
const rest = fc
  .record({ length: fc.constantFrom(2, 3, 100, 700, 1300, 2000, 3000, 4096), fill: fc.nat(255) })
  .map(({ length, fill }) => ({ length, fill }));
const change = fc.oneof(
  { weight: 3, arbitrary: fc.record({ key, rest }).map((put) => putOf(put.key, put.rest.length, put.rest.fill)) },
  { weight: 2, arbitrary: key.map((removed): KeyChange => ({ key: removed })) },
);
const step: fc.Arbitrary<TreeStep> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      changes: fc.array(change, { maxLength: 8 }),
      keep: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('walk' as const),
      from: fc.option(key, { nil: undefined }),
      to: fc.option(key, { nil: undefined }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('next' as const), reverse: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'commit' as const }) },
);

/** A put of `length` bytes after the key, or as many as a leaf has room for. */
function putOf(putKey: string, length: number, fill: number): KeyChange {
  const room = MAX_ITEM_LENGTH - KEY_LENGTH_SIZE - putKey.length;
  return { key: putKey, rest: Buffer.alloc(Math.max(REST_MIN, Math.min(length, room)), fill) };
}

/** Steps over many keys: trees of several levels, whose pages do not fit a small cache. */
function randomTreeSteps(seed: number, { steps, keyBytes }: { steps: number; keyBytes: number }): TreeStep[] {
  const random = new Random(seed);
  const someKey = (): string => `${random.below(700)}`.padStart(keyBytes, 'k');
  const someChange = (): KeyChange =>
    random.chance(0.3)
      ? { key: someKey() }
      : putOf(someKey(), random.pick([2, 40, 200, 200, 900, 2500]), random.below(256));
  const someChanges = (): KeyChange[] => {
    const changes = Array.from({ length: random.between(1, 40) }, someChange);
    return random.chance(0.5) ? changes.sort((a, b) => (a.key < b.key ? -1 : 1)) : changes;
  };
  return Array.from({ length: steps }, (): TreeStep => {
    const dice = random.below(10);
    if (dice < 6) return { kind: 'change', changes: someChanges(), keep: random.chance(0.75) };
    if (dice < 7) return { kind: 'walk', from: someKey(), to: someKey() };
    if (dice < 9) return { kind: 'next', reverse: random.chance(0.5) };
    return { kind: 'commit' };
  });
}

/** Every leaf is emptied, and the tree filled again. */
function emptiedAndFilled(): TreeStep[] {
  const names = Array.from({ length: 200 }, (_, index) => `${index}`.padStart(4, '0'));
  const fill = (length: number): TreeStep => ({
    kind: 'change',
    changes: names.map((name) => putOf(name, length, 7)),
    keep: true,
  });
  const empty = (order: readonly string[]): TreeStep => ({
    kind: 'change',
    changes: order.map((name) => ({ key: name })),
    keep: true,
  });
  const walk: TreeStep = { kind: 'walk', from: undefined, to: undefined };
  return [
    fill(500),
    empty(names),
    walk,
    { kind: 'commit' },
    fill(900),
    walk,
    empty([...names].reverse()),
    walk,
    fill(2),
  ];
}

describe('a tree of bytes', () => {
  for (const cachePages of CACHE_PAGES) {
    it(`gives what a sorted map does (fast-check, seed ${SEED}, ${cachePages} pages)`, () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
          runTreeSteps(steps, cachePages);
        }),
        { seed: SEED, numRuns: 250 },
      );
    });

    it(`gives what a sorted map does, with several levels (${cachePages} pages)`, () => {
      for (const [seed, keyBytes] of [
        [11, 8],
        [12, 400],
        [13, 1024],
      ] as const) {
        const height = runTreeSteps(randomTreeSteps(seed, { steps: 120, keyBytes }), cachePages);
        expect(height).to.be.greaterThan(keyBytes > 8 ? 3 : 1);
      }
    });

    it(`keeps leaves that become empty, and fills them again (${cachePages} pages)`, () => {
      expect(runTreeSteps(emptiedAndFilled(), cachePages)).to.be.greaterThan(1);
    });
  }
});

/** Loses the item to the left of one that a full leaf has no room for. */
class LosesOnSplit extends TreeWriter {
  override split(leaf: Frame, pending: PendingItem, choose: ChooseCuts): boolean {
    if (pending.index < 3 || pending.replaces) return super.split(leaf, pending, choose);
    leaf.removeItem(pending.index - 1);
    return super.split(leaf, { ...pending, index: pending.index - 1 }, choose);
  }
}

/** Changes a leaf that the pager keeps nothing of to roll back to, and that it may drop without writing. */
class RemovesUnmarked extends TreeWriter {
  override remove(leaf: Frame, index: number): void {
    leaf.removeItem(index);
  }
}

/** Takes the leaf of the last seek for that of every higher key. */
class KeepsItsFinger extends TreeWriter {
  #leaf: Frame | undefined;

  override seek(...[target]: Parameters<TreeWriter['seek']>): Frame {
    this.#leaf ??= super.seek(target);
    return this.#leaf;
  }

  override forget(): void {
    this.#leaf = undefined;
    super.forget();
  }
}

describe('the test of the tree of bytes', () => {
  for (const Writer of [LosesOnSplit, RemovesUnmarked, KeepsItsFinger]) {
    it(`finds a writer that has a fault (${Writer.name})`, () => {
      const property = fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        runTreeSteps(steps, 32, Writer);
      });
      expect(() => {
        fc.assert(property, { seed: SEED, numRuns: 250 });
      }).to.throw(/Property failed/);
    });
  }
});
