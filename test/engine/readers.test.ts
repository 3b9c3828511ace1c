/**
 * Readers beside a writer, without locks: whatever the writer is just doing, a reader answers as of the commit that it
 * opened.
 */
import { expect } from 'chai';
import { type BTreeStore, StoreError, WriteBatch } from '../../src/engine/index.js';
import { FIRST_PAGES, type FormatNumber, FORMATS } from '../support/any-format.js';
import { fromHex, hex, utf8 } from '../support/bytes.js';
import { copyOf, crashedStore, JOURNAL_PATH, OLD_VALUES, valuesIn, withFile } from '../support/crashed-store.js';
import { plainRow, toWriteBatch } from '../support/engine-rows.js';
import { HistoryMaker } from '../support/histories.js';
import { clearFaults, MemoryFiles, watchOperations } from '../support/memory-files.js';
import { newStore, openMemory, STORE_PATH } from '../support/memory-store.js';
import { expectSame, expectSameRange } from '../support/model-check.js';
import type { Model } from '../support/model.js';
import { type Batch, ENTRY_BYTES_MAX, modelEntryBytes, type Operation } from '../support/model.js';
import { Random } from '../support/random.js';
import { expectRefused } from '../support/store-errors.js';

const CHANGES: readonly string[] = ['create', 'write', 'truncate', 'sync', 'unlink', 'syncDirectory'];

/** A store of several times the smallest cache, its model, and batches that change it all over. */
class Scene {
  readonly files = new MemoryFiles();
  readonly writer: BTreeStore;
  readonly maker: HistoryMaker;

  constructor(
    readonly random: Random,
    format: FormatNumber,
    journalBytes = 0,
  ) {
    this.maker = new HistoryMaker(random, { tables: [1n, 2n], operationsMax: 10, smallValues: true, format });
    this.writer = newStore(this.files, format, journalBytes);
    this.apply(this.broad());
    for (let count = 0; count < 10; count += 1) this.writer.apply(toWriteBatch(this.maker.next()));
    this.writer.sync();
  }

  get model(): Model {
    return this.maker.model;
  }

  broad(): Batch {
    const { model, random } = this;
    const operations = Array.from({ length: 50 }, (_, index): Operation => {
      const table = random.pick([1n, 2n]);
      const value = random.bytes(random.between(200, 700));
      const key = utf8(`broad/${random.below(150)}`);
      const fits = modelEntryBytes(hex(key), model.history(table, hex(key))) + 20 + 700 <= ENTRY_BYTES_MAX;
      return { kind: 'put', table, key: fits ? key : utf8(`new/${model.appliedPosition}/${index}`), value };
    });
    return { position: model.appliedPosition + 1n, operations };
  }

  apply(batch: Batch): void {
    expect(this.model.apply(batch)).to.equal(undefined);
    this.writer.apply(toWriteBatch(batch));
  }

  /** One more commit. */
  commit(): void {
    this.apply(this.broad());
    this.writer.apply(toWriteBatch(this.maker.next()));
    this.writer.sync();
  }

  openReader(): Reader {
    return new Reader(openMemory(this.files, { readOnly: true, cachePages: 32 }), this.model);
  }
}

/** A reader, and what it must say: the model as of the commit that it opened. */
class Reader {
  readonly model: Model;

  constructor(
    readonly store: BTreeStore,
    newest: Model,
  ) {
    this.model = modelAt(newest, store.appliedPosition);
  }

  check(random: Random): void {
    const { store, model } = this;
    expect(store.appliedPosition).to.equal(model.appliedPosition);
    expect(store.tables().map(({ id }) => id)).to.deep.equal(model.tableIds());
    for (let count = 0; count < 3; count += 1) {
      const table = random.pick(model.tableIds());
      const key = random.pick(model.keys(table));
      const versions = model.history(table, key).filter(({ createdAt, deletedAt }) => createdAt !== deletedAt);
      const found = store.history(table, fromHex(key));
      expect(found.map(({ createdAt, deletedAt }) => [createdAt, deletedAt])).to.deep.equal(
        versions.map(({ createdAt, deletedAt }) => [createdAt, deletedAt]),
      );
      const current = model.versionAt(table, key, model.appliedPosition)?.value;
      const value = store.get(table, fromHex(key));
      expect(value && Buffer.from(value).toString('hex')).to.equal(current);
    }
    expectSameRange(store, model, random);
  }
}

/** The states that there were, by position: models are kept when they are asked for the first time. */
const states = new Map<Model, Map<bigint, Model>>();

function modelAt(newest: Model, position: bigint): Model {
  const known = states.get(newest) ?? new Map<bigint, Model>();
  states.set(newest, known);
  if (position === newest.appliedPosition && !known.has(position)) known.set(position, newest.clone());
  const model = known.get(position);
  if (model === undefined) throw new Error(`a reader is at position ${position}, which was never committed`);
  return model;
}

for (const format of FORMATS)
  describe(`a reader beside a writer, format ${format}`, () => {
    // Commits are put in place one by one, after some, and at the end.
    for (const [seed, journalBytes] of [
      [801, 0],
      [802, 600_000],
      [803, Infinity],
    ] as const) {
      it(`sees one commit between any two operations of the writer (seed ${seed})`, () => {
        const scene = new Scene(new Random(seed), format, journalBytes);
        const random = new Random(seed + 1000);
        modelAt(scene.model, scene.model.appliedPosition);
        let readers = [scene.openReader()];
        const opened = new Set<bigint>();
        for (let commit = 0; commit < 6; commit += 1) {
          scene.apply(scene.broad());
          const next = scene.model.appliedPosition;
          states.get(scene.model)?.set(next, scene.model.clone());
          watchOperations(
            scene.files,
            ({ kind }) => CHANGES.includes(kind),
            () => {
              random.pick(readers).check(random);
              if (!random.chance(journalBytes === 0 ? 0.2 : 0.5)) return;
              const reader = scene.openReader();
              opened.add(next - reader.store.appliedPosition);
              readers.push(reader);
              reader.check(random);
            },
          );
          scene.writer.sync();
          clearFaults(scene.files);
          readers.push(scene.openReader());
          for (const reader of readers) reader.check(random);
          for (const { store } of readers.slice(0, -4)) store.close();
          readers = readers.slice(-4);
        }
        expect([...opened].sort(), 'commits before and after').to.deep.equal([0n, 1n]);
        for (const { store } of readers) store.close();
        scene.writer.close();
        expect(scene.files.openHandles).to.equal(0);
      });

      it(`sees one commit when others come between any two of its own operations (seed ${seed})`, () => {
        const scene = new Scene(new Random(seed), format, journalBytes);
        const random = new Random(seed + 2000);
        modelAt(scene.model, scene.model.appliedPosition);
        let commits = 0;
        for (let round = 0; round < 12; round += 1) {
          const chance = random.pick([0.02, 0.1, 0.3]);
          watchOperations(
            scene.files,
            ({ kind }) => kind === 'read' || kind === 'open' || kind === 'size',
            () => {
              if (commits >= 4 * (round + 1) || !random.chance(chance)) return;
              commits += 1;
              scene.commit();
              modelAt(scene.model, scene.model.appliedPosition);
            },
          );
          const reader = scene.openReader();
          for (let count = 0; count < 6; count += 1) reader.check(random);
          clearFaults(scene.files);
          expectSame(reader.store, reader.model);
          reader.store.close();
        }
        expect(commits).to.be.greaterThan(20);
        scene.writer.close();
        expect(scene.files.openHandles).to.equal(0);
      });

      it(`walks a range to its end while every row costs it a commit (seed ${seed})`, () => {
        const scene = new Scene(new Random(seed), format, journalBytes);
        const { store, model } = scene.openReader();
        for (const reverse of [false, true]) {
          const expected = model.rowsAt(1n, model.appliedPosition);
          if (reverse) expected.reverse();
          const [cursor, other] = [store.cursor(1n, { reverse }), store.cursor(2n)];
          for (const [index, row] of expected.entries()) {
            expect(cursor.next()).to.equal(true);
            if (index % 4 === 0) scene.commit();
            // Another walk may be the one that meets the new commit, while this one is on a row.
            other.next();
            expect(plainRow(cursor.row())).to.deep.equal(row);
          }
          expect(cursor.next()).to.equal(false);
        }
        store.close();
        scene.writer.close();
      });
    }

    it('ends in SNAPSHOT_GONE when its table is purged, also when it is made anew, and reads the others on', () => {
      for (const again of [false, true]) {
        const scene = new Scene(new Random(810), format);
        const { store, model } = scene.openReader();
        const { position } = scene.broad();
        const batch = new WriteBatch(position).purge(1n);
        for (let row = 0; again && row < 100; row += 1) batch.put(1n, utf8(`broad/${row}`), Buffer.alloc(500));
        scene.writer.apply(batch);
        scene.writer.sync();
        const cursor = store.cursor(1n);
        expectRefused(() => {
          while (cursor.next());
        }, 'SNAPSHOT_GONE');
        expectRefused(() => store.get(1n, utf8('broad/1')), 'SNAPSHOT_GONE');
        const rows = [...store.cursor(2n)].map((row) => plainRow(row).key);
        expect(rows).to.deep.equal(model.rowsAt(2n, model.appliedPosition).map(({ key }) => key));
        store.close();
        scene.writer.close();
      }
    });

    it('does not see a table that was made since', () => {
      const scene = new Scene(new Random(811), format);
      const { store } = scene.openReader();
      scene.writer.apply(new WriteBatch(scene.model.appliedPosition + 1n).put(9n, 'k', 'v'));
      scene.writer.sync();
      expect(store.scan(1n, {}, 1e6).length).to.be.greaterThan(0);
      expect(store.tables().map(({ id }) => id)).to.deep.equal([1n, 2n]);
      expect(store.get(9n, utf8('k'))).to.equal(undefined);
      store.close();
      scene.writer.close();
    });

    it('gives up with STORE_CHANGING when every single read meets another commit', () => {
      const scene = new Scene(new Random(812), format);
      const { store } = scene.openReader();
      let position = scene.model.appliedPosition;
      watchOperations(
        scene.files,
        ({ kind, position: place }) => kind === 'read' && place > 0,
        () => {
          position += 1n;
          scene.writer.apply(new WriteBatch(position));
          scene.writer.sync();
        },
      );
      expectRefused(() => store.scan(1n, {}, 1e6), 'STORE_CHANGING');
      clearFaults(scene.files);
      expect(store.scan(1n, {}, 1e6).length).to.be.greaterThan(0);
      store.close();
      scene.writer.close();
    });

    it('of a writer that is killed anywhere goes on, also beside the one that recovers the store (seed 820)', () => {
      const { commit } = crashedStore(format);
      for (let count = 0; count <= commit.events.length; count += 1) {
        const files = commit.crashed(count, 'all');
        const store = openMemory(files, { readOnly: true, cachePages: 32 });
        const values = (): string[] =>
          [1n, 2n, 3n, 4n].map((table) => Buffer.from(store.get(table, utf8('k')) ?? []).toString());
        const expected = store.appliedPosition === 3n ? ['old', 'old', 'old', ''] : ['new', 'new', 'old', 'new'];
        let seen = 0;
        watchOperations(
          files,
          ({ kind }) => CHANGES.includes(kind),
          () => {
            seen += 1;
            expect(values(), `event ${count}`).to.deep.equal(expected);
          },
        );
        openMemory(files).close();
        clearFaults(files);
        expect(values(), `event ${count}`).to.deep.equal(expected);
        if (count > 2 && count < commit.events.length - 2) expect(seen).to.be.greaterThan(0);
        store.close();
      }
    });
  });

for (const format of FORMATS)
  describe(`a page that a reader finds damaged, format ${format}`, () => {
    it('is read again, and is damage only when it stays so', () => {
      const { old } = crashedStore(format);
      const store = openMemory(old, { readOnly: true });
      const sound = old.get(STORE_PATH);
      const torn = Buffer.from(sound);
      const place = FIRST_PAGES[format] * 4096;
      torn.fill(0, place + 512, place + 1024);
      torn.fill(1, place + 4000, place + 4010);
      let reads = 0;
      old.set(STORE_PATH, torn);
      store.close();
      const reader = openMemory(old, { readOnly: true });
      old.onOperation = ({ kind, position }) => {
        if (kind === 'read' && position === place) reads += 1;
      };
      expectRefused(() => reader.get(1n, utf8('k')), 'PAGE_CORRUPTED');
      expect(reads).to.equal(3);
      reader.close();
    });

    it('is the superblock, and a writer is just writing it: the reader waits for it', () => {
      const { inPlace, atCommitPoint } = crashedStore(format);
      const torn = atCommitPoint.get(STORE_PATH);
      inPlace.get(STORE_PATH).copy(torn, 0, 0, 64);
      // The journal is not the one that is being played in: only the whole superblock says what there is.
      const files = withFile(withFile(atCommitPoint, STORE_PATH, torn), JOURNAL_PATH, Buffer.alloc(100));
      let reads = 0;
      files.onOperation = ({ kind, path, position }) => {
        if (kind !== 'read' || path !== STORE_PATH || position !== 0) return;
        reads += 1;
        if (reads === 4) files.overwrite(STORE_PATH, atCommitPoint.get(STORE_PATH));
      };
      expect(valuesIn(files, true)).to.equal(OLD_VALUES);
    });
  });

for (const format of FORMATS)
  describe(`what a reader does to a store of format ${format}`, () => {
    it('is nothing, over every kind of leftover', () => {
      const { atCommitPoint, inPlace, old } = crashedStore(format);
      for (const start of [atCommitPoint, inPlace, withFile(old, JOURNAL_PATH, Buffer.alloc(7))]) {
        const files = copyOf(start);
        const changes: string[] = [];
        files.onOperation = ({ kind }) => {
          if (CHANGES.includes(kind) || kind === 'link' || kind === 'copyOwner') changes.push(kind);
        };
        valuesIn(files, true);
        expect(changes).to.deep.equal([]);
      }
    });

    it('fails with what the system says when page 0 cannot be read any more', () => {
      const scene = new Scene(new Random(830), format);
      const { store } = scene.openReader();
      let armed = false;
      scene.files.onOperation = ({ kind, position }) => {
        if (kind === 'read' && position > 0) armed = true;
        else if (kind === 'read' && armed) throw new StoreError('IO_ERROR', 'EIO');
      };
      expectRefused(() => store.scan(1n, {}, 1e6), 'IO_ERROR');
      clearFaults(scene.files);
      expect(store.scan(1n, {}, 1e6).length).to.be.greaterThan(0);
      store.close();
      scene.writer.close();
    });
  });
