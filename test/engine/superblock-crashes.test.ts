/** A store of format 2 one of whose two superblocks was lost: what it is, and what a commit then makes of it. */
import { expect } from 'chai';
import { BTreeStore, WriteBatch } from '../../src/engine/index.js';
import { structureProblems } from '../support/any-format.js';
import { crashedStore, NEW_VALUES, OLD_VALUES, valuesIn } from '../support/crashed-store.js';
import type { MemoryFiles } from '../support/memory-files.js';
import { openMemory, STORE_PATH } from '../support/memory-store.js';
import { RecordedFiles, type Survival } from '../support/recorded-files.js';

const PAGE = 4096;

/** The store as of position 3, with a commit of its own for each position. */
function threeCommits(): { files: MemoryFiles; older: Buffer } {
  const { old } = crashedStore(2);
  const store = openMemory(old);
  const older = old.get(STORE_PATH).subarray(0, PAGE);
  store.apply(new WriteBatch(4n));
  store.sync();
  store.close();
  return { files: old, older };
}

const fill =
  (page: number, from: number, to: number): Damage =>
  (file) =>
    void file.fill(0xee, page * PAGE + from, page * PAGE + to);

type Damage = (file: Buffer, older: Buffer) => void;

const DAMAGES: Record<string, Damage> = {
  'page 1 is lost': (file) => file.fill(0, PAGE, 2 * PAGE),
  'page 1 is torn': fill(1, 512, 1024),
  'page 1 is of an earlier commit': (file, older) => older.copy(file, PAGE),
  'page 0 is lost': fill(0, 0, PAGE),
  'page 0 is torn': fill(0, 512, 1024),
  'page 0 is of an earlier commit': (file, older) => older.copy(file, 0),
};

function damaged(damage: Damage): MemoryFiles {
  const { files, older } = threeCommits();
  const bytes = files.get(STORE_PATH);
  damage(bytes, older);
  files.set(STORE_PATH, bytes);
  return files;
}

const OLD = OLD_VALUES.replace(/^3/, '4');
const NEW = NEW_VALUES.replace(/^4/, '5');

const survivalsAt = (count: number): Survival[] => [
  'all',
  'nothing',
  ...Array.from({ length: 12 }, (_, index) => ({ seed: 100 * count + index })),
];

for (const [what, damage] of Object.entries(DAMAGES)) {
  describe(`a store of which ${what}`, () => {
    it('is read as the other one says, and said to be so where that is page 1', () => {
      const files = damaged(damage);
      const before = files.get(STORE_PATH);
      expect(valuesIn(files, true)).to.equal(OLD);
      const reader = openMemory(files, { readOnly: true });
      expect(reader.notes.map(({ code }) => code)).to.deep.equal(
        what.startsWith('page 0') ? ['SUPERBLOCK_COPY_USED'] : [],
      );
      reader.close();
      expect(valuesIn(files, false)).to.equal(OLD);
      expect(files.get(STORE_PATH).equals(before), 'nothing is written before there is a commit').to.equal(true);
    });

    it('has both again after a commit, and whatever a crash makes of that is one of the two states', () => {
      const before = damaged(damage);
      const files = new RecordedFiles(before);
      const store = BTreeStore.open(STORE_PATH, { files });
      store.apply(new WriteBatch(5n).put(1n, 'k', 'new').put(2n, 'k', 'new').put(4n, 'k', 'new'));
      store.sync();
      store.close();
      const seen = new Set<string>();
      for (let count = 0; count <= files.events.length; count += 1) {
        for (const survival of survivalsAt(count)) {
          const label = `event ${count}, ${JSON.stringify(survival)} survives`;
          const crashed = files.crashed(count, survival);
          const found = valuesIn(crashed, true);
          expect(found, label).to.be.oneOf([OLD, NEW]);
          expect(valuesIn(crashed, false), label).to.equal(found);
          expectSoundAfterCommit(crashed);
          seen.add(found);
        }
      }
      expect([...seen]).to.deep.equal([OLD, NEW]);
      expect(structureProblems(files.crashed(files.events.length, 'nothing').get(STORE_PATH))).to.deep.equal([]);
    });
  });
}

function expectSoundAfterCommit(files: MemoryFiles): void {
  const store = openMemory(files);
  store.apply(new WriteBatch(store.appliedPosition + 1n).put(5n, 'k', 'more'));
  store.sync();
  store.close();
  expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
}
