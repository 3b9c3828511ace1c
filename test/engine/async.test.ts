/** The library beside an event loop: `for await`, promises with a signal, a replay from a stream, disposal. */
import { expect } from 'chai';
import { Readable } from 'node:stream';
import { type BTreeStore, replay, type Row, verifyLog, WriteBatch } from '../../src/engine/index.js';
import { compactAsync, verifyAsync } from '../../src/engine/index.js';
import { FORMATS } from '../support/any-format.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { HistoryMaker } from '../support/histories.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore, openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { Random } from '../support/random.js';

const ROWS = 30_000;
const STOP = new Error('stop');

function storeWith(rows: number, files = new MemoryFiles()): BTreeStore {
  const store = newStore(files, 2);
  const batch = new WriteBatch(1n);
  for (let row = 0; row < rows; row += 1) batch.put(1n, `row/${row}`, 'x'.repeat(40));
  store.apply(batch);
  store.sync();
  return store;
}

/** What a promise is rejected with. */
async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function asyncRows(rows: AsyncIterable<Row>): Promise<Row[]> {
  const found: Row[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

function logLines(batches: number): string[] {
  const line = (position: number): string =>
    JSON.stringify({ position, ops: [{ op: 'put', table: 1, key: `k${position}`, value: 'v' }] });
  return Array.from({ length: batches }, (_, index) => `${line(index + 1)}\n`);
}

describe('for await', () => {
  it('gives the rows of the synchronous cursor, and serves the event loop meanwhile', async () => {
    using store = storeWith(ROWS);
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 1);
    const rows = await asyncRows(store.cursor(1n));
    clearInterval(timer);
    const textOf = ({ key, value }: Row): string => `${Buffer.from(key).toString()} ${value.length}`;
    expect(rows.map(textOf).join()).to.equal(Array.from(store.cursor(1n), textOf).join());
    expect(ticks).to.be.greaterThan(0);
  });

  it('ends with the reason of a signal, and is over then', async () => {
    using store = storeWith(1000);
    const controller = new AbortController();
    const iterator = store.cursor(1n, { signal: controller.signal })[Symbol.asyncIterator]();
    expect((await iterator.next()).done).to.equal(false);
    controller.abort(STOP);
    expect(await failure(iterator.next())).to.equal(STOP);
    expect(await iterator.next()).to.deep.equal({ done: true, value: undefined });
  });

  it('can be left, and the cursor goes on', async () => {
    using store = storeWith(10);
    const cursor = store.cursor(1n);
    for await (const { key } of cursor) if (key.length > 0) break;
    expect([...cursor]).to.have.length(9);
    cursor.close();
    expect(cursor.next()).to.equal(false);
  });

  it('passes on what a closed store says', async () => {
    const store = storeWith(10);
    const rows = store.cursor(1n);
    store.close();
    expect(await failure(asyncRows(rows))).to.have.property('code', 'STORE_CLOSED');
  });
});

describe('a limit', () => {
  it('ends every kind of walk', async () => {
    using store = storeWith(1000);
    for (const limit of [0, 1, 7, 1000, 2000]) {
      const expected = [...store.cursor(1n)].slice(0, limit);
      expect([...store.cursor(1n, { limit })], `${limit}`).to.deep.equal(expected);
      expect(await asyncRows(store.cursor(1n, { limit }))).to.deep.equal(expected);
      let lent = 0;
      const cursor = store.cursor(1n, { limit });
      while (cursor.lendRows(100, () => (lent += 1) > 0));
      expect(lent).to.equal(expected.length);
      expect([...store.versionCursor(1n, { limit })]).to.have.length(expected.length);
    }
    expect(() => store.cursor(1n, { limit: -1 })).to.throw('a limit is 0 or more');
  });
});

for (const format of FORMATS) {
  it(`versions of all keys are those of each, and has is get, format ${format}`, async () => {
    const files = new MemoryFiles();
    const maker = new HistoryMaker(new Random(5150), { format, tables: [1n], operationsMax: 12 });
    using store = openMemory(files, { create: true, format });
    for (let count = 0; count < 60; count += 1) store.apply(toWriteBatch(maker.next()));
    for (const at of [undefined, 30n]) {
      const keys = new Map<string, unknown[]>();
      for await (const { key, ...version } of store.versionCursor(1n, { at })) {
        const text = Buffer.from(key).toString('hex');
        keys.set(text, [...(keys.get(text) ?? []), version]);
      }
      expect(keys.size).to.be.greaterThan(3);
      for (const [text, versions] of keys) {
        const key = Buffer.from(text, 'hex');
        const own = Array.from(store.versions(1n, key, { at }), ({ value, createdAt, deletedAt }) => ({
          value,
          createdAt,
          deletedAt,
        }));
        expect(versions).to.deep.equal(own);
        expect(store.has(1n, key, at)).to.equal(
          (at === undefined ? store.get(1n, key) : store.getAt(1n, key, at)) !== undefined,
        );
      }
    }
    expect(store.has(1n, 'no such key')).to.equal(false);
  });
}

describe('a signal', () => {
  it('ends an apply, and nothing was applied', async () => {
    const store = newStore(new MemoryFiles(), 2);
    const batches = Array.from({ length: 200 }, (_, index) => {
      const batch = new WriteBatch(BigInt(index + 1));
      for (let row = 0; row < 300; row += 1) batch.put(1n, `row/${row}/${index}`, 'x'.repeat(50));
      return batch;
    });
    const controller = new AbortController();
    setImmediate(() => {
      controller.abort(STOP);
    });
    expect(await failure(store.applyAllAsync(batches, { signal: controller.signal }))).to.equal(STOP);
    expect(store.appliedPosition).to.equal(0n);
    await store.applyAllAsync(batches.slice(0, 1));
    expect(store.count(1n)).to.equal(300);
    store.close();
  });

  it('ends a copy, which leaves nothing behind, and a check', async () => {
    const files = new MemoryFiles();
    storeWith(ROWS, files).close();
    const before = files.paths();
    const controller = new AbortController();
    const onProgress = (): void => {
      controller.abort(STOP);
    };
    const { signal } = controller;
    expect(await failure(compactAsync(STORE_PATH, { files, output: '/memory/new.kmb', signal, onProgress }))).to.equal(
      STOP,
    );
    expect(files.paths()).to.deep.equal(before);
    expect(await failure(verifyAsync(STORE_PATH, { files, signal }))).to.equal(STOP);
    expect((await verifyAsync(STORE_PATH, { files })).ok).to.equal(true);
  });
});

describe('a replay from a stream', () => {
  it('takes chunks that end anywhere, tells how far it is, and resumes', async () => {
    const files = new MemoryFiles();
    const text = logLines(300).join('');
    const chunks = Array.from({ length: Math.ceil(text.length / 77) }, (_, index) =>
      text.slice(index * 77, index * 77 + 77),
    );
    using store = newStore(files, 2);
    let bytesRead = 0;
    const onProgress = (progress: { bytesRead: number }): void => {
      bytesRead = progress.bytesRead;
    };
    expect(await replay(store, chunks.slice(0, 100), { to: 100n })).to.include({ applied: 100, toPosition: 100n });
    expect(await replay(store, Readable.from(chunks), { onProgress })).to.include({ applied: 200, skipped: 100 });
    expect(bytesRead).to.equal(text.length);
    expect(await verifyLog(store, Readable.from(chunks))).to.include({ equal: true, comparedTo: 300n });
  });

  it('that a signal ends while the stream is silent keeps the batches before, and closes the stream', async () => {
    const files = new MemoryFiles();
    const source = new Readable({ read: () => {} });
    for (const line of logLines(5)) source.push(line);
    const controller = new AbortController();
    using store = newStore(files, 2);
    setTimeout(() => {
      controller.abort(STOP);
    }, 20);
    expect(await failure(replay(store, source, { signal: controller.signal }))).to.equal(STOP);
    await new Promise((resolve) => setImmediate(resolve));
    expect(source.destroyed).to.equal(true);
    store.close();
    usingStore(files, { readOnly: true }, ({ appliedPosition }) => {
      expect(appliedPosition).to.equal(5n);
    });
  });

  it('that the stream itself ends by an error keeps the batches before', async () => {
    using store = newStore(new MemoryFiles(), 2);
    async function* broken(): AsyncGenerator<string> {
      yield* logLines(5);
      await Promise.resolve();
      throw STOP;
    }
    expect(await failure(replay(store, broken()))).to.equal(STOP);
    expect(store.appliedPosition).to.equal(5n);
  });
});

describe('disposal', () => {
  it('closes a store, and what iterates', async () => {
    const store = storeWith(10);
    {
      using versions = store.versionCursor(1n);
      versions.next();
    }
    await store[Symbol.asyncDispose]();
    expect(() => store.get(1n, 'row/1'))
      .to.throw()
      .with.property('code', 'STORE_CLOSED');
  });
});
