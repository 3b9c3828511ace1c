/**
 * The power goes at any moment of commits that take and free pages, and one of the superblocks is lost, too: the store
 * is as of one commit, for readers and for the next writer, whose commit makes both superblocks whole.
 */
import { expect } from 'chai';
import { U64 } from '../../src/engine/bytes/u64.js';
import { nextLeaf } from '../../src/engine/format/items.js';
import { PAGE_SIZE } from '../../src/engine/format/layout.js';
import { SnapshotPager } from '../../src/engine/pager/snapshot-pager.js';
import { StoreFile } from '../../src/engine/pager/store-file.js';
import { runSteps } from '../../src/engine/steps.js';
import { MemoryFiles, CHANGING, clearFaults } from '../support/memory-files.js';
import { STORE_PATH } from '../support/memory-store.js';
import { PageHistory, expectFile, type Contents } from '../support/page-history.js';
import { openPages, commitPages, makePage } from '../support/pages.js';
import { Random } from '../support/random.js';

/** What a crash left, and what the store may hold by position. */
interface Crash {
  readonly image: MemoryFiles;
  readonly states: ReadonlyMap<number, Contents>;
}

/** Histories with a crash at many moments, of changes and of commits. */
function* crashes(random: Random, rounds: number): Generator<Crash> {
  const files = new MemoryFiles();
  const history = new PageHistory(files, random);
  for (let round = 0; round < rounds; round += 1) {
    const images: MemoryFiles[] = [];
    const before = { position: history.position, contents: history.committed };
    files.onOperation = ({ kind }) => {
      if (round > 0 && CHANGING.includes(kind) && random.chance(0.3)) images.push(files.crash(random));
    };
    history.change();
    history.commit();
    clearFaults(files);
    const states = new Map([
      [before.position, before.contents],
      [history.position, history.committed],
    ]);
    for (const image of images) yield { image, states };
    if (random.chance(0.2)) history.reopen();
  }
  history.pager.close();
}

function lose(image: MemoryFiles, pageId: number, random: Random): void {
  const file = image.get(STORE_PATH);
  const page = file.subarray(pageId * PAGE_SIZE, (pageId + 1) * PAGE_SIZE);
  if (random.chance(0.5)) page.fill(0);
  else page.set(random.bytes(512), 512 * random.below(8));
  image.overwrite(STORE_PATH, file);
}

/** The position that a reader finds, after it has read all pages that the cache has room for. */
function read({ image, states }: Crash): number {
  const pages = new SnapshotPager(image, StoreFile.open(image, STORE_PATH), 1000);
  const position = Number(pages.superblock.appliedPosition);
  for (const [pageId, content] of states.get(position)!) {
    expect(nextLeaf(pages.fetch(pageId)), `page ${pageId}`).to.equal(content);
    pages.release();
  }
  pages.close();
  return position;
}

/** Recovers the store, which is then as of the position that a reader found, and goes on with it. */
function recover({ image, states }: Crash, position: number): void {
  const { pager, superblock } = openPages(image);
  expect(Number(superblock.appliedPosition), 'the position that readers found').to.equal(position);
  const contents = new Map(states.get(position));
  pager.beginSavepoint(U64.from(BigInt(position + 1)));
  contents.set(makePage(pager, 77), 77);
  pager.releaseSavepoint();
  runSteps(commitPages(pager, position + 1));
  pager.close();
  expectFile(image.get(STORE_PATH), contents);
  expect(image.paths()).to.deep.equal([STORE_PATH]);
}

const LOST = [undefined, 0, 1] as const;

describe('a crash of a store that takes and frees pages', () => {
  for (const lost of LOST) {
    const what = lost === undefined ? '' : `, with page ${lost} lost, too`;
    for (let seed = 1; seed <= 4; seed += 1) {
      it(`leaves one of its commits${what} (seed ${seed})`, () => {
        const random = new Random(seed);
        const reached = new Set<number>();
        let seen = 0;
        for (const crash of crashes(random, 12)) {
          seen += 1;
          if (lost !== undefined) lose(crash.image, lost, random);
          const position = read(crash);
          reached.add([...crash.states.keys()].indexOf(position));
          recover(crash, position);
        }
        expect(seen).to.be.above(30);
        expect([...reached].sort()).to.deep.equal([0, 1]);
      });
    }
  }
});
