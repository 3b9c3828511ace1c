/**
 * Which version is seen where: `created at` ≤ P < `deleted at`, leftovers of the crate, and what a crash of it tore.
 */
import { expect } from 'chai';
import { type BTreeStore, WriteBatch } from '../../src/engine/index.js';
import { type FormatNumber, FORMATS } from '../support/any-format.js';
import { utf8 } from '../support/bytes.js';
import { plainRow } from '../support/engine-rows.js';
import { packLeaves, type VersionSpec, writeStore } from '../support/format1-writer.js';
import { type EventSpec2, writeFormat2 } from '../support/format2-writer.js';
import { MemoryFiles } from '../support/memory-files.js';
import { memoryWith, newStore, openMemory, STORE_PATH } from '../support/memory-store.js';
import { expectRefused } from '../support/store-errors.js';

const version = (createdAt: bigint, deletedAt: bigint | null, text: string): VersionSpec => ({
  createdAt,
  deletedAt,
  data: utf8(text),
});

type VersionsByKey = Readonly<Record<string, readonly VersionSpec[]>>;

/** A store at position 10 whose keys have these versions, newest first. */
function storeWith(versionsByKey: VersionsByKey, format: FormatNumber = 1): MemoryFiles {
  const entries = Object.entries(versionsByKey)
    .sort()
    .map(([key, versions]) => ({ key: utf8(key), versions }));
  if (format === 1) {
    return memoryWith(writeStore({ appliedPosition: 10n, tables: [{ id: 1n, leaves: packLeaves(entries) }] }));
  }
  const keys = entries.map(({ key, versions }) => ({ key, events: eventsOf(versions) }));
  return memoryWith(writeFormat2({ appliedPosition: 10n, tables: [{ id: 1n, keys, lastChanged: 10n }] }));
}

/** The events that make these versions. */
function eventsOf(versions: readonly VersionSpec[]): EventSpec2[] {
  return versions.flatMap(({ createdAt, deletedAt, data }, index) => {
    const put = { position: createdAt, value: data };
    const isReplaced = deletedAt === null || deletedAt === versions[index - 1]?.createdAt;
    return isReplaced ? [put] : [{ position: deletedAt, value: null }, put];
  });
}

function valueAt(store: BTreeStore, key: string, position?: bigint): string | undefined {
  const found = store.getVersion(1n, utf8(key), position);
  return found && Buffer.from(found.value).toString();
}

describe('a version', () => {
  for (const format of FORMATS) {
    it(`is seen from the position that created it to the one before it was deleted, in format ${format}`, () => {
      const store = newStore(new MemoryFiles(), format);
      store.apply(new WriteBatch(1n));
      store.apply(new WriteBatch(2n).put(1n, 'k', 'two'));
      store.apply(new WriteBatch(3n));
      store.apply(new WriteBatch(4n).put(1n, 'k', 'four'));
      store.apply(new WriteBatch(5n).delete(1n, 'k'));
      store.apply(new WriteBatch(6n).delete(1n, 'k'));
      store.apply(new WriteBatch(7n).put(1n, 'k', 'seven'));
      const seen = Array.from({ length: 8 }, (_, position) => valueAt(store, 'k', BigInt(position)));
      expect(seen).to.deep.equal([undefined, undefined, 'two', 'two', 'four', undefined, undefined, 'seven']);
      expect(store.history(1n, utf8('k')).map(({ createdAt, deletedAt }) => [createdAt, deletedAt])).to.deep.equal([
        [7n, null],
        [4n, 5n],
        [2n, 4n],
      ]);
      store.close();
    });
  }

  it('that was written and overwritten in one batch by the crate is never seen, and no obstacle to writes', () => {
    const files = storeWith({
      twice: [version(5n, null, 'last'), version(5n, 5n, 'first'), version(2n, 5n, 'old')],
      gone: [version(6n, 6n, 'never')],
    });
    const store = openMemory(files);
    expect([4n, 5n, 10n].map((position) => valueAt(store, 'twice', position))).to.deep.equal(['old', 'last', 'last']);
    expect([5n, 6n, 10n].map((position) => valueAt(store, 'gone', position))).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
    expect(store.history(1n, utf8('twice')).length).to.equal(2);
    expect(store.history(1n, utf8('gone'))).to.deep.equal([]);
    expect(store.scan(1n, {}, 10).map((row) => plainRow(row).createdAt)).to.deep.equal([5n]);
    store.apply(new WriteBatch(11n).put(1n, 'gone', 'back').delete(1n, 'twice'));
    expect([valueAt(store, 'gone'), valueAt(store, 'twice'), valueAt(store, 'twice', 10n)]).to.deep.equal([
      'back',
      undefined,
      'last',
    ]);
    store.close();
  });
});

for (const format of FORMATS) {
  describe(`a store of format ${format} that a crash of another writer tore`, () => {
    const torn = (): MemoryFiles =>
      storeWith(
        {
          changed: [version(12n, null, 'unknown'), version(3n, 12n, 'known')],
          deleted: [version(3n, 11n, 'known')],
          fresh: [version(11n, null, 'unknown')],
          sound: [version(3n, null, 'known')],
        },
        format,
      );

    it('reads as of its applied position: later versions are not seen, later deletions count as open', () => {
      const store = openMemory(torn(), { readOnly: true });
      for (const position of [undefined, 10n, 3n]) {
        const seen = ['changed', 'deleted', 'fresh', 'sound'].map((key) => valueAt(store, key, position));
        expect(seen).to.deep.equal(['known', 'known', undefined, 'known']);
        const rows = [...store.cursor(1n, position === undefined ? {} : { at: position })].map(plainRow);
        expect(rows.map(({ createdAt, deletedAt }) => [createdAt, deletedAt])).to.deep.equal([
          [3n, null],
          [3n, null],
          [3n, null],
        ]);
      }
      for (const key of ['changed', 'deleted', 'sound']) {
        expect(store.history(1n, utf8(key)).map(({ createdAt, deletedAt }) => [createdAt, deletedAt])).to.deep.equal([
          [3n, null],
        ]);
      }
      expect(store.history(1n, utf8('fresh'))).to.deep.equal([]);
      store.close();
    });

    it('refuses a write that meets such a version, leaves no trace of its batch, and takes writes elsewhere', () => {
      const files = torn();
      const before = files.get(STORE_PATH);
      const store = openMemory(files);
      for (const key of ['changed', 'deleted', 'fresh']) {
        expectRefused(() => store.apply(new WriteBatch(11n).put(1n, 'another', 'v').put(1n, key, 'v')), 'TORN_VERSION');
        expectRefused(() => store.apply(new WriteBatch(11n).put(1n, 'another', 'v').delete(1n, key)), 'TORN_VERSION');
      }
      expect(valueAt(store, 'another')).to.equal(undefined);
      store.sync();
      expect(files.get(STORE_PATH).equals(before)).to.equal(true);
      store.apply(new WriteBatch(11n).put(1n, 'another', 'v').delete(1n, 'sound'));
      expect([valueAt(store, 'another'), valueAt(store, 'sound'), valueAt(store, 'changed')]).to.deep.equal([
        'v',
        undefined,
        'known',
      ]);
      store.close();
    });
  });
}
