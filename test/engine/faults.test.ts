/** A disk that fails, at the first operation, the second, the third …: never half a batch, never half a new store. */
import { expect } from 'chai';
import { type BTreeStore, StoreError, WriteBatch } from '../../src/engine/index.js';
import { type FormatNumber, FORMATS, structureProblems } from '../support/any-format.js';
import { fromHex, utf8 } from '../support/bytes.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { HistoryMaker } from '../support/histories.js';
import { clearFaults, injectFault, MemoryFiles, type OperationKind } from '../support/memory-files.js';
import { memoryWith, newStore, openMemory, STORE_PATH } from '../support/memory-store.js';
import { expectSame } from '../support/model-check.js';
import { type Batch, ENTRY_BYTES_MAX, type Model, modelEntryBytes, type Operation } from '../support/model.js';
import { Random } from '../support/random.js';
import { expectRefused, refusalOf } from '../support/store-errors.js';

/** A synced store, what it holds, and two more batches that each touch more pages than the smallest cache has. */
interface Scene {
  readonly bytes: Buffer;
  readonly synced: Model;
  readonly unsynced: Batch;
  readonly before: Model;
  readonly batch: Batch;
  readonly after: Model;
}

function prepare(seed: number, format: FormatNumber): Scene {
  const random = new Random(seed);
  const maker = new HistoryMaker(random, { tables: [1n, 2n], operationsMax: 30, format });
  const files = new MemoryFiles();
  const store = newStore(files, format);
  for (let count = 0; count < 60; count += 1) store.apply(toWriteBatch(maker.next()));
  store.sync();
  store.close();
  const synced = maker.model.clone();
  const unsynced = broadBatch(synced, random);
  const before = applied(synced, unsynced);
  const batch = broadBatch(before, random);
  return { bytes: files.get(STORE_PATH), synced, unsynced, before, batch, after: applied(before, batch) };
}

/** Changes about every second key of the store, and adds some. */
function broadBatch(model: Model, random: Random): Batch {
  const operations = model.tableIds().flatMap((table) =>
    model.keys(table).flatMap((keyHex): Operation[] => {
      if (random.chance(0.5)) return [];
      const key = fromHex(keyHex);
      const entryBytes = modelEntryBytes(keyHex, model.history(table, keyHex)) + 40;
      const fits = model.format !== 1 || entryBytes <= ENTRY_BYTES_MAX;
      return [fits ? { kind: 'put', table, key, value: random.bytes(20) } : { kind: 'delete', table, key }];
    }),
  );
  const added = Array.from({ length: 250 }, (_, index): Operation => ({
    kind: 'put',
    table: 1n,
    key: utf8(`added/${index}`),
    // Every tenth of format 2 is too long for its entry.
    value: random.bytes(model.format !== 1 && index % 10 === 0 ? 2900 : 1500),
  }));
  return { position: model.appliedPosition + 1n, operations: [...operations, ...added] };
}

function applied(model: Model, batch: Batch): Model {
  const next = model.clone();
  expect(next.apply(batch)).to.equal(undefined);
  return next;
}

/** 1 to 6 one by one, then in growing strides: `run` says whether the fault was still met. */
function forEachNth(run: (nth: number) => boolean): number {
  for (let nth = 1; ; nth += nth < 6 ? 1 : Math.floor(nth / 2)) if (!run(nth)) return nth;
}

function openUnsynced({ bytes, unsynced }: Scene): { files: MemoryFiles; store: BTreeStore } {
  const files = memoryWith(bytes);
  const store = openMemory(files, { cachePages: 32 });
  store.apply(toWriteBatch(unsynced));
  return { files, store };
}

/** Reads come one by one, writes many pages together. */
const LEAST_MET = { read: 20, write: 3 } as const;

/** Runs an action; true when it met the fault, which it must tell as an IO_ERROR. */
function meetsFault(action: () => unknown, tally: { readonly failed: number }): boolean {
  const refusal = refusalOf(action, 'IO_ERROR');
  expect(refusal !== undefined, 'a failure told').to.equal(tally.failed > 0);
  return refusal !== undefined;
}

const COMMIT_KINDS: readonly OperationKind[] = [
  'read',
  'write',
  'truncate',
  'sync',
  'link',
  'unlink',
  'syncDirectory',
  'create',
];

for (const format of FORMATS) {
  describe(`when the disk fails during apply, format ${format}`, () => {
    let scene: Scene;
    /** The file after both batches, on a disk that does not fail. */
    let undisturbed: Buffer;
    before(() => {
      scene = prepare(601, format);
      const { files, store } = openUnsynced(scene);
      store.apply(toWriteBatch(scene.batch));
      expectSame(store, scene.after);
      store.sync();
      store.close();
      undisturbed = files.get(STORE_PATH);
      expect(structureProblems(undisturbed)).to.deep.equal([]);
    });

    for (const kind of ['read', 'write'] as const) {
      for (const forEver of [false, true]) {
        it(`at any ${kind}, ${forEver ? 'and from then on' : 'once'}: the store is as before the batch, and takes it later`, () => {
          const last = forEachNth((nth) => {
            const { files, store } = openUnsynced(scene);
            const tally = injectFault(files, { kinds: [kind], nth, forEver });
            const failed = meetsFault(() => store.apply(toWriteBatch(scene.batch)), tally);
            clearFaults(files);
            if (failed) expectSame(store, scene.before);
            if (failed) store.apply(toWriteBatch(scene.batch));
            store.sync();
            store.close();
            expect(files.get(STORE_PATH).equals(undisturbed), 'the file of a run without the fault').to.equal(true);
            return failed;
          });
          expect(last, 'operations met').to.be.greaterThan(LEAST_MET[kind]);
        });
      }
    }

    it('at making the spill file: the same', () => {
      const files = memoryWith(scene.bytes);
      const store = openMemory(files, { cachePages: 32 });
      injectFault(files, { kinds: ['create'], nth: 1 });
      expectRefused(() => store.apply(toWriteBatch(scene.unsynced)), 'IO_ERROR');
      clearFaults(files);
      expectSame(store, scene.synced);
      store.apply(toWriteBatch(scene.unsynced));
      expectSame(store, scene.before);
      store.close();
      expect(files.get(STORE_PATH).equals(scene.bytes)).to.equal(true);
    });
  });

  describe(`when the disk fails during a read, format ${format}`, () => {
    it('at any operation: IO_ERROR, and the next read answers', () => {
      const scene = prepare(602, format);
      const last = forEachNth((nth) => {
        const { files, store } = openUnsynced(scene);
        const tally = injectFault(files, { kinds: ['read', 'write'], nth });
        const scan = (): unknown => [store.scan(1n, {}, 1e6), store.scan(2n, {}, 1e6)];
        const met = meetsFault(scan, tally);
        clearFaults(files);
        expectSame(store, scene.before);
        store.close();
        return met;
      });
      expect(last).to.be.greaterThan(20);
    });

    it('or while it is opened: IO_ERROR, and no file stays open', () => {
      const scene = prepare(603, format);
      for (const kind of ['resolve', 'open', 'size', 'read'] as const) {
        const files = memoryWith(scene.bytes);
        injectFault(files, { kinds: [kind], nth: 1 });
        expectRefused(() => openMemory(files), 'IO_ERROR');
        expect(files.openHandles).to.equal(0);
      }
    });
  });

  describe(`when the disk fails during sync, format ${format}`, () => {
    let scene: Scene;
    before(() => {
      scene = prepare(604, format);
    });

    it('at any operation: the error is told, and the store refuses all further work until it is opened again', () => {
      const last = forEachNth((nth) => {
        const { files, store } = openUnsynced(scene);
        const tally = injectFault(files, { kinds: COMMIT_KINDS, nth });
        const met = meetsFault(() => store.sync(), tally);
        clearFaults(files);
        if (met) {
          const batch = toWriteBatch(scene.batch);
          for (const use of [
            () => store.sync(),
            () => store.apply(batch),
            () => store.get(1n, utf8('k')),
            () => store.cursor(1n).next(),
          ]) {
            expectRefused(use, 'STORE_FAILED');
          }
        }
        store.close();
        expect(files.openHandles).to.equal(0);
        return met;
      });
      expect(last).to.be.greaterThan(10);
    });

    it('before the first page is changed in place: the store is as of the last sync', () => {
      const { files, store } = openUnsynced(scene);
      injectFault(files, { kinds: ['sync'], nth: 1 });
      expectRefused(() => store.sync(), 'IO_ERROR');
      clearFaults(files);
      store.close();
      expect(files.get(STORE_PATH).equals(scene.bytes)).to.equal(true);
    });

    /**
     * The length of the file, asked for once the journal was complete, could fail; closing then cut off the new pages,
     * and the journal that stayed was refused as foreign.
     */
    for (const forEver of [false, true]) {
      it(`at any operation from the journal's header on, ${forEver ? 'and from then on' : 'once'}: the commit is whole, or is none`, () => {
        for (let nth = 1; ; nth += 1) {
          const { files, store } = growingStore(format);
          const tally = failFromHeaderOn(files, nth, forEver);
          const met = meetsFault(() => store.sync(), tally);
          if (!forEver) clearFaults(files);
          refusalOf(() => {
            store.close();
          }, 'IO_ERROR');
          clearFaults(files);
          // A lock that could not be removed is that of a process that runs no more.
          files.processes = files.processes.restarted();
          for (const readOnly of [true, false]) {
            const reopened = openMemory(files, { readOnly });
            const rows = reopened.scan(1n, {}, 100).map(({ value }) => value.length);
            expect(rows).to.deep.equal(reopened.appliedPosition === 1n ? [100] : [200, ...LONG_ROWS]);
            reopened.close();
          }
          expect(files.paths()).to.deep.equal([STORE_PATH]);
          expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
          if (met) continue;
          expect(nth, 'operations met').to.be.greaterThan(7);
          break;
        }
      });
    }

    it('of a new store: afterwards there is the whole store or none, and nothing beside it', () => {
      forEachNth((nth) => {
        const files = new MemoryFiles();
        const store = newStore(files, format);
        const made = new HistoryMaker(new Random(5), { tables: [1n], operationsMax: 30, format });
        for (let count = 0; count < 10; count += 1) store.apply(toWriteBatch(made.next()));
        const tally = injectFault(files, { kinds: COMMIT_KINDS, nth });
        const met = meetsFault(() => store.sync(), tally);
        clearFaults(files);
        store.close();
        expect(files.openHandles).to.equal(0);
        if (!files.paths().includes(STORE_PATH)) {
          expect(files.paths()).to.deep.equal([]);
          return met;
        }
        const reopened = openMemory(files, { readOnly: true });
        expectSame(reopened, made.model);
        reopened.close();
        return met;
      });
    });
  });
}

/** Rows that need pages of their own: the lengths of their values. */
const LONG_ROWS = [1500, 1501, 1502, 1503];

/** A store of one row, and a batch that changes it and needs new pages, to be synced. */
function growingStore(format: FormatNumber): { files: MemoryFiles; store: BTreeStore } {
  const files = new MemoryFiles();
  const store = newStore(files, format);
  store.apply(new WriteBatch(1n).put(1n, 'a', Buffer.alloc(100)));
  store.sync();
  const batch = new WriteBatch(2n).put(1n, 'a', Buffer.alloc(200));
  for (const length of LONG_ROWS) batch.put(1n, `long/${length}`, Buffer.alloc(length));
  store.apply(batch);
  return { files, store };
}

/**
 * Lets the nth operation of a commit fail, counted from the one that writes the journal's header, and perhaps all later
 * ones.
 */
function failFromHeaderOn(files: MemoryFiles, nth: number, forEver: boolean): { failed: number } {
  const tally = { failed: 0 };
  let seen = 0;
  files.onOperation = ({ kind, path, position }) => {
    if (seen === 0 && !(kind === 'write' && path === `${STORE_PATH}-journal` && position === 0)) return;
    seen += 1;
    if (seen !== nth && !(forEver && seen > nth)) return;
    tally.failed += 1;
    throw new StoreError('IO_ERROR', `${kind} of ${path} failed`, { path });
  };
  return tally;
}
