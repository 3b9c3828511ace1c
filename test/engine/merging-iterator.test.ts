/** Sorted operations of several sources as one: in key order, equal keys in the order of their sources. */
import { expect } from 'chai';
import { MergingIterator } from '../../src/engine/commit-group/merging-iterator.js';
import { MemoryIterator, type OperationIterator } from '../../src/engine/commit-group/operation-iterator.js';
import { orderOperations } from '../../src/engine/commit-group/operations.js';
import { WriteBatch } from '../../src/engine/index.js';
import { runSteps } from '../../src/engine/steps.js';
import { Random } from '../support/random.js';

const SEED = 311;

interface Put {
  readonly table: bigint;
  readonly key: Buffer;
  readonly position: bigint;
}

function iteratorOf(puts: readonly Put[]): OperationIterator {
  const batches = puts.map(({ position, table, key }) => new WriteBatch(position).put(table, key, ''));
  return new MemoryIterator(runSteps(orderOperations(batches)));
}

function all(source: OperationIterator): string[] {
  const found: string[] = [];
  while (source.next()) {
    const { view, tableOffset, keyStart, keyLength } = source.operation;
    const key = Buffer.from(view.buffer, view.byteOffset + keyStart, keyLength);
    found.push(`${view.getBigUint64(tableOffset, true)} ${key.toString('hex')} ${source.at.toBigInt()}`);
  }
  return found;
}

function expected(puts: readonly Put[]): string[] {
  const inOrder = puts.toSorted((a, b) => Number(a.table - b.table) || Buffer.compare(a.key, b.key));
  return inOrder.map(({ table, key, position }) => `${table} ${key.toString('hex')} ${position}`);
}

describe(`operations of several sources (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const keys: Readonly<Record<string, () => Buffer>> = {
    'of random bytes': () => random.bytes(random.below(9)),
    'of few keys': () => Buffer.from(`key-${random.below(5)}`),
    'that differ after their first bytes': () => Buffer.from(`a long prefix ${random.below(50)}`),
    'of zeros': () => Buffer.alloc(random.below(9)),
  };
  for (const [what, keyOf] of Object.entries(keys)) {
    it(`${what} are merged, whatever the number of sources`, () => {
      for (const sources of [1, 2, 3, 7, 16]) {
        const parts = Array.from({ length: sources }, (_, source) =>
          Array.from({ length: random.below(30) }, (_put, index) => ({
            table: [1n, 2n, 2n ** 40n][random.below(3)] as bigint,
            key: keyOf(),
            position: BigInt(source * 100 + index + 1),
          })),
        );
        expect(all(new MergingIterator(parts.map(iteratorOf)))).to.deep.equal(expected(parts.flat()));
      }
    });
  }

  it('are none where there are no sources, and where all are empty', () => {
    expect(all(new MergingIterator([]))).to.deep.equal([]);
    expect(all(new MergingIterator([iteratorOf([]), iteratorOf([])]))).to.deep.equal([]);
  });
});
