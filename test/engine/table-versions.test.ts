/** The versions of a table as rows, against the model; and what somebody does not know who has those of before. */
import { expect } from 'chai';
import type { BTreeStore, TableVersion, TableVersionsOptions } from '../../src/engine/index.js';
import { FORMATS } from '../support/any-format.js';
import { hex } from '../support/bytes.js';
import type { Model } from '../support/model.js';
import { expectRefused } from '../support/store-errors.js';
import { filesWith, historyOf, oldestOf, readStore } from '../support/timeline.js';

const POSITIONS = 60;
const APPLIED = BigInt(POSITIONS);

/** Versions by key and the position at which they begin: what was told last of one counts. */
class Known {
  readonly #versions = new Map<string, string>();

  take(versions: Iterable<TableVersion>): this {
    for (const { key, createdAt, deletedAt, value } of versions) {
      this.#versions.set(`${hex(key)} ${createdAt}`, `${deletedAt ?? 'now'} ${hex(value)}`);
    }
    return this;
  }

  all(): string[] {
    return Array.from(this.#versions, ([name, version]) => `${name} ${version}`).sort();
  }

  current(): string[] {
    return this.all().filter((version) => version.split(' ')[2] === 'now');
  }
}

function modelVersions(model: Model, table: bigint, at: bigint): string[] {
  const versions = model.keys(table).flatMap((key) =>
    model
      .history(table, key)
      .filter(({ createdAt }) => createdAt <= at)
      .map(({ createdAt, deletedAt, value }) => {
        const end = deletedAt === null || deletedAt > at ? 'now' : deletedAt;
        return `${key} ${createdAt} ${end} ${value}`;
      }),
  );
  return versions.sort();
}

describe('the versions of a table', () => {
  const { batches, model } = historyOf(1701, POSITIONS, { smallValues: true });
  const ids = model.tableIds();
  const known = (store: BTreeStore, table: bigint, options: TableVersionsOptions) =>
    new Known().take(store.tableVersions(table, options));

  for (const format of FORMATS) {
    it(`are those of the model at every position, in format ${format}`, () => {
      const store = readStore(filesWith(batches, format));
      for (const table of ids) {
        for (let at = 0n; at <= APPLIED; at += 3n) {
          const all = modelVersions(model, table, at);
          expect(known(store, table, { at, history: true }).all()).to.deep.equal(all);
          const current = all.filter((version) => version.split(' ')[2] === 'now');
          expect(known(store, table, { at }).all()).to.deep.equal(current);
        }
      }
      store.close();
    });

    it(`and what is not known since an earlier position make those of a later one, in format ${format}`, () => {
      const store = readStore(filesWith(batches, format));
      for (const table of ids) {
        for (let since = 0n; since <= APPLIED; since += 7n) {
          for (let at = since; at <= APPLIED; at += 11n) {
            for (const history of [true, false]) {
              const had = known(store, table, { at: since, history });
              had.take(store.tableVersions(table, { at, since, history }));
              const due = known(store, table, { at, history });
              expect(history ? had.all() : had.current()).to.deep.equal(history ? due.all() : due.current());
            }
          }
        }
      }
      store.close();
    });
  }

  it('are those of a key from the oldest on', () => {
    const store = readStore(filesWith(batches, 2));
    let before: TableVersion | undefined;
    for (const version of store.tableVersions(1n, { history: true })) {
      if (before !== undefined && hex(before.key) === hex(version.key)) {
        expect(version.createdAt > before.createdAt).to.equal(true);
      }
      before = version;
    }
    store.close();
  });

  it('are refused as of what is not known, or no longer', () => {
    const purged = historyOf(1702, POSITIONS, { smallValues: true, purges: true, format: 2 });
    const store = readStore(filesWith(purged.batches, 2));
    const oldest = oldestOf(purged.model);
    const table = purged.model.listedIds().find((id) => purged.model.oldest(id) === oldest) ?? 0n;
    expect(oldest > 1n).to.equal(true);
    expectRefused(() => [...store.tableVersions(table, { at: APPLIED + 1n })], 'POSITION_BEYOND_APPLIED');
    expectRefused(() => [...store.tableVersions(table, { since: oldest - 1n })], 'POSITION_FORGOTTEN');
    store.close();
  });
});
