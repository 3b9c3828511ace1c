/** What has been lost of the history of a key, or says something else, in a store whose checksums are all right. */
import { expect } from 'chai';
import { WriteBatch } from '../../src/engine/index.js';
import { hex, utf8 } from '../support/bytes.js';
import { eventAt, reseal, Victim } from '../support/format2/plant.js';
import type { Run2 } from '../support/format2/events.js';
import type { Page2 } from '../support/format2/page.js';
import { MemoryFiles } from '../support/memory-files.js';
import { memoryWith, STORE_PATH, usingStore } from '../support/memory-store.js';
import { attempt, expectRefused } from '../support/store-errors.js';

const UPDATES = 400;
const KEY = 'hot';
const BESIDE = ['cold', 'warm'];

const valueAt = (position: number): string => `${position}/`.padEnd(100, 'v');

/** A key with a run for some twenty updates, one run after the other over several pages, between two others. */
function hotStore(): Buffer {
  const files = new MemoryFiles();
  usingStore(files, { create: true, cachePages: 32, format: 2 }, (store) => {
    for (let position = 1; position <= UPDATES; position += 1) {
      const batch = new WriteBatch(BigInt(position)).put(1n, KEY, valueAt(position));
      for (const key of position % 10 === 1 ? BESIDE : []) batch.put(1n, key, valueAt(position));
      store.apply(batch);
    }
    store.sync();
  });
  return files.get(STORE_PATH);
}

const sound = hotStore();

interface PlacedRun {
  readonly run: Run2;
  readonly page: Page2;
  /** Of its item. */
  readonly index: number;
}

/** Oldest first. */
function runsOf(victim: Victim): PlacedRun[] {
  return victim.table(1n).history.leaves.flatMap((page) => {
    if (page.content?.kind !== 'history-leaf') return [];
    return page.content.items.map((run, index) => ({ run, page, index: index + 1 }));
  });
}

const isHot = ({ run }: PlacedRun): boolean => hex(run.key) === hex(utf8(KEY));

/** The store after a change of the runs of the key; all checksums are right. */
function changed(change: (victim: Victim, runs: readonly PlacedRun[]) => void): Buffer {
  const victim = new Victim(Buffer.from(sound));
  change(victim, runsOf(victim).filter(isHot));
  reseal(victim.file);
  return victim.file;
}

const hotRuns = runsOf(new Victim(Buffer.from(sound))).filter(isHot);

/** What a read of the key at each position ends in: the right value, or the code of the damage. */
function answers(file: Buffer, position: number): string {
  return usingStore(memoryWith(file), { readOnly: true, cachePages: 32 }, (store) => {
    const at = BigInt(position);
    const found = attempt(() => store.getAt(1n, KEY, at));
    const row = attempt(() => store.scanAt(1n, { from: KEY, to: `${KEY}\0` }, 2, at)[0]?.value);
    const [one, other] = [found, row].map((answer) =>
      'damage' in answer ? answer.damage.code : Buffer.from(answer.value ?? 'not there').toString(),
    );
    expect(one, `get and scan at ${position}`).to.equal(other);
    return one === valueAt(position) ? 'right' : (one ?? '');
  });
}

/** Positions at which a run has the newest event. */
const positionsOf = ({ run }: PlacedRun): number[] =>
  run.events.map(({ position }) => Number(position)).sort((a, b) => a - b);

/** Right everywhere but at some positions, where it is damage. */
function expectDamageAt(file: Buffer, damaged: readonly number[]): void {
  for (let position = 1; position <= UPDATES; position += position % 3 === 0 ? 5 : 1) {
    expect(answers(file, position), `at ${position}`).to.equal(damaged.includes(position) ? 'TREE_CORRUPTED' : 'right');
  }
}

describe('a run that is lost', () => {
  it('is in a store with several runs in several pages', () => {
    expect(hotRuns.length).to.be.greaterThan(10);
    expect(new Set(hotRuns.map(({ page }) => page.id)).size).to.be.greaterThan(2);
    expectDamageAt(sound, []);
  });

  // The oldest run is not among them: nothing says that there was one before the next.
  for (const nth of Array.from({ length: hotRuns.length - 1 }, (_, index) => index + 1)) {
    it(`is damage at each of its positions, and nowhere else (run ${nth})`, () => {
      const file = changed((victim, runs) => {
        const { page, index } = runs[nth]!;
        victim.rewrite(page, (items) => items.filter((_, item) => item !== index));
      });
      expectDamageAt(file, positionsOf(hotRuns[nth]!));
    });
  }

  it('says which table, and from where on', () => {
    const nth = Math.floor(hotRuns.length / 2);
    const file = changed((victim, runs) => {
      const { page, index } = runs[nth]!;
      victim.rewrite(page, (items) => items.filter((_, item) => item !== index));
    });
    usingStore(memoryWith(file), { readOnly: true }, (store) => {
      const [first = 0] = positionsOf(hotRuns[nth]!);
      const { message, facts } = expectRefused(() => store.getAt(1n, KEY, BigInt(first + 1)), 'TREE_CORRUPTED');
      expect(message).to.include(`from ${first} on`);
      expect(facts).to.include({ table: 1n, position: BigInt(first + 1) });
    });
  });

  it('together with all others of its key is damage at each of their positions', () => {
    const file = changed((victim, runs) => {
      for (const pageId of new Set(runs.map(({ page }) => page.id))) {
        const onPage = runs.filter(({ page }) => page.id === pageId);
        const lost = new Set(onPage.map(({ index }) => index));
        victim.rewrite(onPage[0]!.page, (items) => items.filter((_, item) => !lost.has(item)));
      }
    });
    expectDamageAt(file, hotRuns.flatMap(positionsOf));
  });

  it('with a whole page of runs is damage at each of their positions', () => {
    const pageIds = [...new Set(hotRuns.map(({ page }) => page.id))];
    const lost = hotRuns.filter(({ page }) => page.id === pageIds[1]);
    const file = changed((victim) => {
      const page = victim.table(1n).history.leaves.find(({ id }) => id === pageIds[1]);
      victim.rewrite(page!, (items) => items.slice(0, 1));
    });
    expectDamageAt(file, lost.flatMap(positionsOf));
  });

  it('ends the history of its key in damage, after the versions that are newer', () => {
    const nth = Math.floor(hotRuns.length / 2);
    const file = changed((victim, runs) => {
      const { page, index } = runs[nth]!;
      victim.rewrite(page, (items) => items.filter((_, item) => item !== index));
    });
    const newest = positionsOf(hotRuns[nth]!).at(-1)!;
    usingStore(memoryWith(file), { readOnly: true, cachePages: 32 }, (store) => {
      const seen: bigint[] = [];
      expectRefused(() => {
        for (const { createdAt } of store.versions(1n, KEY)) seen.push(createdAt);
      }, 'TREE_CORRUPTED');
      expect(seen).to.deep.equal(Array.from({ length: UPDATES - newest }, (_, index) => BigInt(UPDATES - index)));
      const older: bigint[] = [];
      expectRefused(() => {
        for (const { createdAt } of store.versions(1n, KEY, { reverse: true })) older.push(createdAt);
      }, 'TREE_CORRUPTED');
      const oldest = positionsOf(hotRuns[nth]!)[0]!;
      expect(older).to.deep.equal(Array.from({ length: oldest - 1 }, (_, index) => BigInt(index + 1)));
    });
  });
});

describe('a marker that does not meet the next newer event', () => {
  const ofOther = (placed: PlacedRun): boolean => hex(placed.run.key) === hex(utf8('warm'));
  const runs = runsOf(new Victim(Buffer.from(sound))).filter(ofOther);

  it('is damage from the position on at which it says that there is one', () => {
    expect(runs.length).to.be.greaterThan(2);
    for (const [nth, { run }] of runs.entries()) {
      const victim = new Victim(Buffer.from(sound));
      const { page, index } = runsOf(victim).filter(ofOther)[nth]!;
      const item = page.items[index]!;
      item.writeBigUInt64LE(run.marker! - 3n, eventAt(item, 0));
      reseal(victim.file);
      usingStore(memoryWith(victim.file), { readOnly: true, cachePages: 32 }, (store) => {
        const newest = run.events[0]!.position;
        for (const at of [newest, run.marker! - 4n, run.marker!]) {
          const due = valueAt(Number(at === run.marker ? at : newest));
          expect(Buffer.from(store.getAt(1n, 'warm', at) ?? []).toString()).to.equal(due);
        }
        for (const at of [run.marker! - 3n, run.marker! - 1n])
          expectRefused(() => store.getAt(1n, 'warm', at), 'TREE_CORRUPTED');
      });
    }
  });
});

describe('a scan', () => {
  it('says from which key on it can go past a row whose version is lost', () => {
    const victim = new Victim(Buffer.from(sound));
    const lost = runsOf(victim).filter(isHot)[5]!;
    victim.rewrite(lost.page, (items) => items.filter((_, item) => item !== lost.index));
    reseal(victim.file);
    const at = lost.run.events[0]!.position;
    usingStore(memoryWith(victim.file), { readOnly: true, cachePages: 32 }, (store) => {
      for (const reverse of [false, true]) {
        const cursor = store.cursor(1n, { at, reverse });
        const keys: string[] = [];
        const collect = (): void => {
          while (cursor.next()) keys.push(Buffer.from(cursor.row().key).toString());
        };
        const { facts } = expectRefused(collect, 'TREE_CORRUPTED');
        expect(keys).to.deep.equal(reverse ? ['warm'] : ['cold']);
        expect(facts).to.deep.include(
          reverse ? { belowKeyHex: hex(utf8(KEY)) } : { nextKeyHex: hex(utf8(`${KEY}\0`)) },
        );
        const within = store.cursor(1n, { at, reverse, from: KEY, to: `${KEY}\0` });
        expect(expectRefused(() => within.next(), 'TREE_CORRUPTED').facts).to.not.have.any.keys(
          'nextKeyHex',
          'belowKeyHex',
        );
        // What stays wrong is not passed over.
        expectRefused(collect, 'TREE_CORRUPTED');
      }
    });
  });
});

describe('a scan that meets a damaged value', () => {
  it('says from which key on it can go past it, and goes there', () => {
    const files = new MemoryFiles();
    usingStore(files, { create: true, format: 2 }, (store) => {
      store.apply(new WriteBatch(1n).put(1n, 'a', '1').put(1n, 'b', Buffer.alloc(5000, 2)).put(1n, 'c', '3'));
      store.sync();
    });
    const victim = new Victim(files.get(STORE_PATH));
    victim.bytesOf(victim.valuePages(1n, 0)[1]!).writeUInt8(0xff, 100);
    usingStore(memoryWith(victim.file), { readOnly: true }, (store) => {
      const cursor = store.cursor(1n);
      expect([cursor.next(), cursor.next()]).to.deep.equal([true, true]);
      for (const read of [() => cursor.row(), () => cursor.value()]) {
        const { facts } = expectRefused(read, 'PAGE_CORRUPTED');
        expect(facts).to.include({ table: 1n, nextKeyHex: hex(utf8('b\0')) });
      }
      expect(cursor.next()).to.equal(true);
      expect(Buffer.from(cursor.row().value).toString()).to.equal('3');
    });
  });
});

describe('an entry that says that there are runs', () => {
  it('where there is no history tree is damage in the past, and right now', () => {
    const victim = new Victim(Buffer.from(sound));
    victim.record(1n).writeUInt32LE(0, 4);
    victim.record(1n).writeUInt8(0, 9);
    reseal(victim.file);
    expectDamageAt(victim.file, hotRuns.flatMap(positionsOf));
  });
});
