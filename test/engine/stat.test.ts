/** The figures of stores against those that an independent count gives. */
import { expect } from 'chai';
import { type BTreeStore, stat, type StatReport, WriteBatch } from '../../src/engine/index.js';
import { type FormatNumber, FORMATS } from '../support/any-format.js';
import { hex } from '../support/bytes.js';
import { type CountedStore, countFigures } from '../support/counted-figures.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { goldenStores } from '../support/golden.js';
import { HistoryMaker } from '../support/histories.js';
import { putInto, range } from '../support/many-tables.js';
import { clearFaults, type FileOperation, MemoryFiles, watchOperations } from '../support/memory-files.js';
import { memoryWith, newStore, openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { Random } from '../support/random.js';
import { refusalOf } from '../support/store-errors.js';

const next = (store: BTreeStore): WriteBatch => new WriteBatch(store.appliedPosition + 1n);

/** A store with a random history, purges among it. */
function randomStore(format: FormatNumber, seed: number, batches = 300): MemoryFiles {
  const files = new MemoryFiles();
  const maker = new HistoryMaker(new Random(seed), { purges: true, format });
  const store = newStore(files, format);
  for (let batch = 1; batch <= batches; batch += 1) {
    store.apply(toWriteBatch(maker.next()));
    if (batch % 50 === 0) store.sync();
  }
  store.close();
  return files;
}

const statOf = (files: MemoryFiles, options: { readonly fast?: boolean; readonly table?: bigint } = {}): StatReport =>
  stat(STORE_PATH, { files, ...options });

function expectCounted(report: StatReport, counted: CountedStore, bytes: number): void {
  expect(report.tables.map(plainTable)).to.deep.equal(counted.tables);
  const { catalogue, free, leaked } = report.storePages;
  expect({ catalogue, free, leaked }).to.deep.equal({
    catalogue: counted.catalogue,
    free: counted.free,
    leaked: counted.leaked,
  });
  expect(report.bytes).to.equal(bytes);
  const sizes = counted.largest.slice(0, 10).map((entry) => entry.bytes);
  expect(report.largest?.map((entry) => entry.bytes)).to.deep.equal(sizes);
  for (const { table, key, bytes: size } of report.largest ?? [])
    expect(counted.largest).to.deep.include({ table, key: hex(key), bytes: size });
  expectAges(report, counted.stamps);
  for (const table of report.tables) expectSums(table);
  expectSums(report.total);
}

function plainTable({ id, rows, keys, versions, events, pages, bytes }: StatReport['tables'][number]): unknown {
  const { total: _total, ...byKind } = pages;
  return { id, rows, keys, versions, events, pages: byKind, bytes };
}

function expectSums({ pages, bytes, fill }: StatReport['total']): void {
  const { keys, values, history, overhead, free } = bytes!;
  const sum = keys + values + history + overhead + free;
  expect(sum).to.equal(pages.total! * 4096);
  expect(fill).to.equal(pages.total === 0 ? null : 1 - free / sum);
}

function expectAges({ age, appliedPosition }: StatReport, stamps: CountedStore['stamps']): void {
  if (stamps === null) return void expect(age).to.equal(null);
  expect(age!.at(0)?.from ?? 1n).to.equal(1n);
  expect(age!.at(-1)?.to ?? 0n).to.equal(appliedPosition);
  for (const [index, { from, to, pages }] of age!.entries()) {
    if (index > 0) expect(from).to.equal(age![index - 1]!.to + 1n);
    expect(stamps.filter((stamp) => stamp >= from && stamp <= to)).to.have.length(pages);
  }
}

for (const format of FORMATS) {
  describe(`the figures of a store of format ${format}`, () => {
    for (const seed of [1, 2, 3]) {
      it(`are those of an independent count (seed ${seed})`, () => {
        const files = randomStore(format, seed);
        const file = files.get(STORE_PATH);
        const report = statOf(files);
        expectCounted(report, countFigures(file), file.length);
        expect([report.format, report.isFast, report.pages]).to.deep.equal([format, false, file.length / 4096]);
      });
    }

    it('agree with what is recorded, as far as that goes', () => {
      const files = randomStore(format, 4);
      const [exact, fast] = [statOf(files), statOf(files, { fast: true })];
      const isRecorded = format === 2;
      expect(fast.tables.map(({ id, height }) => [id, height])).to.deep.equal(
        exact.tables.map(({ id, height }) => [id, height]),
      );
      for (const [index, table] of fast.tables.entries()) {
        const due = exact.tables[index]!;
        expect([table.rows, table.keys, table.events, table.pages.total]).to.deep.equal(
          isRecorded ? [due.rows, due.keys, due.events, due.pages.total] : [null, null, null, null],
        );
        expect([table.versions, table.bytes, table.fill]).to.deep.equal([null, null, null]);
      }
      expect(fast.total.rows).to.equal(isRecorded ? exact.total.rows : null);
      expect(fast.storePages.free).to.equal(exact.storePages.free);
      expect([fast.age, fast.largest, fast.headroom, fast.storePages.leaked]).to.deep.equal([null, null, null, null]);
    });

    it('can be asked of one table', () => {
      const files = randomStore(format, 5);
      const whole = statOf(files);
      for (const { id } of whole.tables) {
        const report = statOf(files, { table: id });
        expect(report.tables).to.deep.equal(whole.tables.filter((table) => table.id === id));
        expect(report.storePages).to.deep.equal({ ...whole.storePages, leaked: null });
        expect(statOf(files, { table: id, fast: true }).tables).to.have.length(1);
      }
      expect(statOf(files, { table: 77n }).tables).to.deep.equal([]);
      expect(statOf(files, { table: 77n, fast: true }).total.rows).to.equal(0);
    });

    describe('beside a writer', () => {
      const bytesBefore = randomStore(format, 8, 60).get(STORE_PATH);
      const isRead = ({ kind, path }: FileOperation): boolean => kind === 'read' && path === STORE_PATH;

      /** The report, and how many reads it took, with another commit before some of them. */
      function statBeside(isBefore: (read: number) => boolean): { reads: number; bytes: Buffer; report: StatReport } {
        const files = memoryWith(bytesBefore);
        const writer = openMemory(files);
        const commits = [bytesBefore];
        let reads = 0;
        watchOperations(files, isRead, () => {
          reads += 1;
          if (!isBefore(reads)) return;
          writer.apply(next(writer).put(1n, `beside ${reads}`, 'v'));
          writer.sync();
          commits.push(files.get(STORE_PATH));
        });
        try {
          const report = statOf(files);
          const isLast = report.appliedPosition === writer.appliedPosition;
          return { reads, report, bytes: commits.at(isLast ? -1 : 0)! };
        } finally {
          clearFaults(files);
          writer.close();
        }
      }

      it('are those of one commit, whichever read the next one comes before', () => {
        const { reads: total } = statBeside(() => false);
        expect(total).to.be.greaterThan(3);
        let begunAgain = 0;
        for (let chosen = 1; chosen <= total; chosen += Math.ceil(total / 24)) {
          const { reads, report, bytes } = statBeside((read) => read === chosen);
          expectCounted(report, countFigures(bytes), bytes.length);
          if (reads > total) begunAgain += 1;
        }
        expect(begunAgain).to.be.greaterThan(0);
      });

      it('are refused when every read meets another commit', () => {
        expect(refusalOf(() => statBeside(() => true), 'STORE_CHANGING')?.code).to.equal('STORE_CHANGING');
      });
    });

    it('of a store without anything are zero', () => {
      const files = new MemoryFiles();
      usingStore(files, { create: true, format }, (store) => {
        store.sync();
      });
      expectCounted(statOf(files), countFigures(files.get(STORE_PATH)), files.get(STORE_PATH).length);
    });
  });
}

describe('the figures of stores', () => {
  it('are counted where the records are in a catalogue', () => {
    const files = new MemoryFiles();
    const store = newStore(files, 2);
    putInto(store, range(1, 120));
    store.apply(next(store).purge(7n).put(8n, 'long', Buffer.alloc(50_000, 1)));
    store.sync();
    store.close();
    const report = statOf(files);
    expect(report.storePages.catalogue).to.be.greaterThan(1);
    expectCounted(report, countFigures(files.get(STORE_PATH)), files.get(STORE_PATH).length);
    const fast = statOf(files, { fast: true });
    expect(fast.tables.map(({ rows }) => rows)).to.deep.equal(report.tables.map(({ rows }) => rows));
    expect(report.tables.find(({ id }) => id === 7n)?.oldest).to.equal(2n);
  });

  for (const { name, bytes } of goldenStores()) {
    it(`are those of an independent count in a store that the crate wrote: ${name}`, () => {
      expectCounted(statOf(memoryWith(bytes)), countFigures(bytes), bytes.length);
    });
  }

  it('are not given where a page cannot be read', () => {
    const files = randomStore(2, 6);
    const file = files.get(STORE_PATH);
    const { tables } = statOf(files);
    expect(tables.length).to.be.greaterThan(1);
    let refused = 0;
    for (let page = 2; page < file.length / 4096; page += 1) {
      const damaged = Buffer.from(file);
      damaged[page * 4096 + 2000]! ^= 1;
      const refusal = refusalOf(() => statOf(memoryWith(damaged)), 'PAGE_CORRUPTED');
      if (refusal === undefined) continue;
      refused += 1;
      expect(refusal.facts['page']).to.equal(page);
    }
    const { free } = statOf(files).storePages;
    expect(refused).to.equal(file.length / 4096 - 2 - free);
  });

  it('of format 1 say how often a key can be updated: so often, and not once more', () => {
    const files = new MemoryFiles();
    const store = newStore(files, 1);
    const keys = ['a', 'hot', 'x'.repeat(1000), 'dead'];
    for (let round = 1; round <= 20; round += 1) {
      const batch = next(store);
      for (const [index, key] of keys.entries()) batch.put(1n, key, 'v'.repeat((round * (index + 1) * 7) % 60));
      store.apply(batch);
    }
    store.apply(next(store).delete(1n, 'dead'));
    store.sync();
    const { headroom } = statOf(files);
    expect(headroom).to.have.length(keys.length);
    const left = headroom!.map(({ updatesLeft }) => updatesLeft);
    expect(left).to.deep.equal(left.toSorted((a, b) => a - b));
    for (const { table, key, valueBytes, updatesLeft } of headroom!) {
      for (let update = 0; update < updatesLeft; update += 1)
        store.apply(next(store).put(table, key, Buffer.alloc(valueBytes)));
      const once = next(store).put(table, key, Buffer.alloc(valueBytes));
      expect(refusalOf(() => store.apply(once), 'ENTRY_TOO_LARGE')?.code).to.equal('ENTRY_TOO_LARGE');
    }
    store.close();
  });
});
