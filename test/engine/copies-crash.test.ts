/** A copy that is ended at any moment leaves the old store or the new one, whole; who reads or waits goes on. */
import { expect } from 'chai';
import {
  BTreeStore,
  compactSteps,
  type CopyOptions,
  type Steps,
  StoreError,
  upgradeSteps,
  WriteBatch,
} from '../../src/engine/index.js';
import { runSteps } from '../../src/engine/index.js';
import { structureProblems } from '../support/any-format.js';
import { contentOf, rowsOf, versionsOf } from '../support/crash-contents.js';
import { COPY_PATH, randomStore } from '../support/copies.js';
import { seenBy } from '../support/locked-store.js';
import type { MemoryFiles } from '../support/memory-files.js';
import { STORE_PATH, usingStore } from '../support/memory-store.js';
import type { Model } from '../support/model.js';
import { RecordedFiles, type Survival } from '../support/recorded-files.js';

const SMALL = { tables: [1n, 2n], operationsMax: 4, smallValues: true };

const COPIES: Readonly<Record<string, (options: CopyOptions) => Steps<unknown>>> = {
  'an upgrade': (options) => upgradeSteps(STORE_PATH, options),
  'a compaction': (options) => compactSteps(STORE_PATH, options),
};

/** All that a store holds, and its format. */
function read(files: MemoryFiles, model: Model, readOnly: boolean): { content: string; format: number } {
  return usingStore(files, { readOnly, cachePages: 32 }, (store) => {
    return { content: `${rowsOf(store)}\n${versionsOf(store, model)}`, format: store.format };
  });
}

const due = (model: Model): string => {
  const { rows, versions } = contentOf(model);
  return `${rows}\n${versions}`;
};

describe('a crash during a copy', () => {
  for (const [name, copy] of Object.entries(COPIES)) {
    it(`leaves the old store or the new one, whole, at any moment of ${name}`, () => {
      const { files: before, model } = randomStore(51, 1, 40, SMALL);
      const expected = due(model);
      const files = new RecordedFiles(before);
      runSteps(copy({ files, cachePages: 32 }));
      const seen = new Set<string>();
      for (let count = 0; count <= files.events.length; count += 1) {
        for (const survival of ['all', 'nothing', { seed: count }] as const satisfies Survival[]) {
          const crashed = files.crashed(count, survival);
          const label = `event ${count}, ${JSON.stringify(survival)} survives`;
          const found = read(crashed, model, true);
          expect(found.content === expected, `${label}: a reader`).to.equal(true);
          expect(read(crashed, model, false).content === expected, `${label}: a writer`).to.equal(true);
          expect(crashed.paths(), label).to.deep.equal([STORE_PATH]);
          expect(structureProblems(crashed.get(STORE_PATH)), label).to.deep.equal([]);
          seen.add(crashed.get(STORE_PATH).toString('latin1'));
        }
      }
      expect(seen.size).to.equal(2);
    });
  }

  it('to a file of its own leaves that whole, or not at all', () => {
    const { files: before, model } = randomStore(52, 2, 40, SMALL);
    const expected = due(model);
    const files = new RecordedFiles(before);
    runSteps(compactSteps(STORE_PATH, { files, output: COPY_PATH }));
    for (let count = 0; count <= files.events.length; count += 1) {
      const crashed = files.crashed(count, { seed: count });
      expect(read(crashed, model, true).content === expected).to.equal(true);
      if (!crashed.paths().includes(COPY_PATH)) continue;
      const content = BTreeStore.open(COPY_PATH, { files: crashed });
      expect(`${rowsOf(content)}\n${versionsOf(content, model)}` === expected).to.equal(true);
      content.close();
    }
  });

  it('gives up at any step, and leaves nothing behind', () => {
    const { files, model } = randomStore(53, 1, 40, SMALL);
    const before = files.get(STORE_PATH);
    for (let steps = 1; ; steps += 1) {
      const copy = compactSteps(STORE_PATH, { files, cachePages: 32 });
      let isDone = false;
      for (let step = 0; step < steps && !isDone; step += 1) isDone = copy.next().done === true;
      if (isDone) break;
      copy.return(undefined as never);
      expect(files.paths()).to.deep.equal([STORE_PATH]);
      expect(files.get(STORE_PATH).equals(before)).to.equal(true);
      expect(files.openHandles).to.equal(0);
    }
    expect(read(files, model, true).content === due(model)).to.equal(true);
  });
});

describe('beside a copy', () => {
  it('readers answer from what they opened, whenever that was, and a writer that waited goes on with the new file', () => {
    const { files, model } = randomStore(54, 1, 60, SMALL);
    const expected = due(model);
    const running = { 1: '1', 2: '2', 3: '3' };
    const asCopier = seenBy(files, 1, running);
    const asWriter = seenBy(files, 2, running);
    const readers: BTreeStore[] = [];
    const copy = upgradeSteps(STORE_PATH, { files: asCopier, cachePages: 32 });
    let writer: Steps<BTreeStore> | undefined;
    for (;;) {
      const isDone = copy.next().done === true;
      readers.push(BTreeStore.open(STORE_PATH, { files: seenBy(files, 3, running), readOnly: true, cachePages: 32 }));
      if (isDone) break;
      writer ??= BTreeStore.openSteps(STORE_PATH, { files: asWriter, lockTimeoutMs: 60_000 });
      expect(writer.next().done).to.equal(false);
    }
    const store = runSteps(writer!);
    expect(store.format).to.equal(2);
    store.apply(new WriteBatch(model.appliedPosition + 1n).put(1n, 'after', 'v'));
    // The journal of the new file is beside the old one's readers meanwhile, too.
    const commit = store.syncSteps();
    while (commit.next().done !== true) {
      for (const reader of readers) expect(reader.format).to.be.within(1, 2);
    }
    for (const reader of readers) {
      expect(`${rowsOf(reader)}\n${versionsOf(reader, model)}` === expected).to.equal(true);
      reader.close();
    }
    store.close();
    const after = BTreeStore.open(STORE_PATH, { files, readOnly: true });
    expect(after.appliedPosition).to.equal(model.appliedPosition + 1n);
    after.close();
    expect(files.paths()).to.deep.equal([STORE_PATH]);
  });

  it('a store that is replaced or written by somebody else is not replaced', () => {
    const { files } = randomStore(55, 1, 30, SMALL);
    const other = randomStore(56, 1, 10, SMALL).files.get(STORE_PATH);
    for (const intrude of [
      (): void => {
        files.set(STORE_PATH, other);
      },
      (): void => {
        files.overwrite(STORE_PATH, other);
      },
    ]) {
      const { files: mine } = randomStore(55, 1, 30, SMALL);
      files.set(STORE_PATH, mine.get(STORE_PATH));
      let hasIntruded = false;
      const copy = upgradeSteps(STORE_PATH, {
        files,
        onProgress: ({ phase }) => {
          if (phase === 'comparing' && !hasIntruded) intrude();
          hasIntruded ||= phase === 'comparing';
        },
      });
      try {
        runSteps(copy);
        expect.fail('nobody has noticed');
      } catch (error) {
        expect(error).to.be.instanceOf(StoreError).and.to.have.property('code', 'STORE_REPLACED');
      }
      expect(files.get(STORE_PATH).equals(other)).to.equal(true);
      expect(files.paths()).to.deep.equal([STORE_PATH]);
    }
  });
});
