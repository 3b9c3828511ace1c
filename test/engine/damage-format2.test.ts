/** Every fault that can be planted in a store of format 2: reads and writes give the right answer, or name damage. */
import { expect } from 'chai';
import { type BTreeStore, WriteBatch } from '../../src/engine/index.js';
import { allRows } from '../fixtures/stores.js';
import { fromHex, hex } from '../support/bytes.js';
import { openDamaged } from '../support/damaged-store.js';
import { PAGE_BYTES, pageOf } from '../support/format2/layout.js';
import type { Fault2 } from '../support/format2/plant.js';
import { FAULTS_2, plantFault } from '../support/format2-damage.js';
import { modelOfSpec } from '../support/format2-history.js';
import { everything, everythingWithCatalogue } from '../support/format2-stores.js';
import { writeFormat2 } from '../support/format2-writer.js';
import type { MemoryFiles } from '../support/memory-files.js';
import { memoryWith, STORE_PATH } from '../support/memory-store.js';
import { Model } from '../support/model.js';
import { expectNoWrongAnswers, expectWhole } from '../support/no-wrong-answers.js';
import { type KeyName, readEverything } from '../support/read-everything.js';
import { attempt, DAMAGE_MET_BY_WRITES, refusalOf } from '../support/store-errors.js';

/**
 * What no way down to a key shows: each page there is well formed, and says something else than it did. `verify` finds
 * them all.
 */
const SUBTLE: ReadonlySet<string> = new Set([
  'oldest beyond what is kept',
  'a separator above what is right of it',
  'a separator below what is left of it',
  'position 0',
  'a position beyond the applied one',
  'runs of a key without an entry',
  'the oldest run lost',
  'an entry that does not say that there are runs',
]);

/** Now, and in the past: where events are inline, where they are in runs, where there is nothing yet. */
const POSITIONS = [undefined, 6n, 15n, 22n, 26n, 33n] as const;

/** A table that is made after the damage. */
const FRESH = 500n;

function modelBefore({ store }: Fault2): Model {
  if (store === 'empty') return new Model(2);
  return modelOfSpec(store === 'catalogue' ? everythingWithCatalogue : everything);
}

const keysOf = (model: Model): KeyName[] =>
  model.tableIds().flatMap((table) => model.keys(table).map((keyHex) => ({ table, keyHex })));

describe('every kind of damage to a store of format 2', () => {
  for (const fault of FAULTS_2) {
    const model = modelBefore(fault);
    const bytes = plantFault(fault);
    const label = `${fault.name} (${fault.rule})`;

    if (!SUBTLE.has(fault.name)) {
      it(`${label}: the right answer or the damage named, now and in the past`, () => {
        for (const at of POSITIONS.filter((position) => (position ?? 0n) <= model.appliedPosition)) {
          const reading = readEverything(memoryWith(bytes), keysOf(model), at);
          expectNoWrongAnswers(reading, allRows(model, at ?? model.appliedPosition));
        }
      });
    }

    it(`${label}: a write is taken and reads back, or ends in an error that changes nothing`, () => {
      const files = memoryWith(bytes);
      const store = openDamaged(files);
      for (const key of store === undefined ? [] : keysOf(model)) attemptWrite(store!, key);
      store?.close();
      const written = pagesThatDiffer(bytes, files.get(STORE_PATH));
      expect(written.filter((page) => !mayBeWritten(fault, page))).to.deep.equal([]);
    });

    it(`${label}: a purge gives up no page of another table`, () => {
      for (const purged of model.tableIds()) {
        const files = memoryWith(bytes);
        if (!attemptPurge(files, purged) || SUBTLE.has(fault.name)) continue;
        const others = keysOf(model).filter(({ table }) => table !== purged);
        const rows = allRows(model, model.appliedPosition).filter(({ table }) => table !== purged);
        const { scans, ...reading } = readEverything(files, others);
        const ofOthers = scans.filter(({ table }) => table !== purged && table !== FRESH);
        expectNoWrongAnswers({ ...reading, scans: ofOthers }, rows);
      }
    });
  }

  it('has a canary: the sound stores themselves read whole', () => {
    for (const spec of [everything, everythingWithCatalogue]) {
      const model = modelOfSpec(spec);
      for (const at of POSITIONS) {
        const reading = readEverything(memoryWith(writeFormat2(spec)), keysOf(model), at);
        expectNoWrongAnswers(reading, allRows(model, at ?? model.appliedPosition));
        expectWhole(reading);
      }
    }
  });
});

/** Ids of pages in both files whose bytes are not the same. */
function pagesThatDiffer(before: Buffer, after: Buffer): number[] {
  const pages = Math.min(before.length, after.length) / PAGE_BYTES;
  const ids = Array.from({ length: Math.floor(pages) }, (_, page) => page);
  return ids.filter((page) => !pageOf(before, page).equals(pageOf(after, page)));
}

/** A free page holds anything, and so does one that is past the end, or that the free map has by mistake. */
function mayBeWritten({ rule, store }: Fault2, page: number): boolean {
  if (rule === 'free-reached' || store === 'empty') return true;
  return everything.freePages?.includes(page) === true;
}

/** A put or a delete of a key; where it is taken the key reads so, where it is refused nothing was applied. */
function attemptWrite(store: BTreeStore, { table, keyHex }: KeyName): void {
  const key = fromHex(keyHex);
  const position = store.appliedPosition + 1n;
  const isPut = position % 3n !== 0n;
  const value = Buffer.alloc(position % 2n === 0n ? 3000 : 10, keyHex);
  const batch = new WriteBatch(position);
  if (isPut) batch.put(table, key, value);
  else batch.delete(table, key);
  const refusal = refusalOf(() => store.apply(batch), ...DAMAGE_MET_BY_WRITES);
  expect(store.appliedPosition).to.equal(refusal === undefined ? position : position - 1n);
  if (refusal !== undefined) return;
  const found = store.get(table, key);
  expect(found && hex(found), keyHex).to.equal(isPut ? hex(value) : undefined);
}

/** Purges a table, and has the pages that it gives up written over; false where damage is in the way. */
function attemptPurge(files: MemoryFiles, table: bigint): boolean {
  const store = openDamaged(files);
  if (store === undefined) return false;
  const work = attempt(() => {
    store.apply(new WriteBatch(store.appliedPosition + 1n).purge(table));
    store.sync();
    const batch = new WriteBatch(store.appliedPosition + 1n);
    for (let index = 0; index < 100; index += 1) batch.put(FRESH, `key-${index}`, Buffer.alloc(1500, index));
    store.apply(batch);
    store.sync();
  });
  store.close();
  return 'value' in work;
}
