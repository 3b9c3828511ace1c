/** What other engines read of an export: DuckDB, ClickHouse where it is, and hyparquet, against the model. */
import { expect } from 'chai';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { BTreeStore } from '../../src/engine/index.js';
import { hex } from '../support/bytes.js';
import { toWriteBatch } from '../support/engine-rows.js';
import type { Batch, Model } from '../support/model.js';
import { historyOf, modelHash } from '../support/timeline.js';
import { repositoryRoot, runCli, type Outcome } from './support/cli.js';
import { documentedSql, Duck, loadClickHouse } from './support/query-engines.js';
import { makeTempFolder, removeFolder } from './support/temp-folder.js';

const TABLES = [0n, 7n, 2n ** 64n - 1n];
const POSITIONS = 40;
const STORES = 20;

/** Applies batches to a store of format 2, which is made where there is none. */
function applyTo(file: string, batches: readonly Batch[]): void {
  const store = BTreeStore.open(file, { create: true, format: 2 });
  for (const batch of batches) store.apply(toWriteBatch(batch));
  store.sync();
  store.close();
}

/** Versions up to a position, as texts: store, table, key, value, beginning, end. */
function versionsOf(name: string, model: Model, at: bigint): string[] {
  return model.tableIds().flatMap((table) =>
    model.keys(table).flatMap((key) =>
      model
        .history(table, key)
        .filter(({ createdAt }) => createdAt <= at)
        .map(({ createdAt, deletedAt, value }) => {
          const end = deletedAt === null || deletedAt > at ? 'now' : deletedAt;
          return `${name} ${table} ${key} ${value} ${createdAt} ${end}`;
        }),
    ),
  );
}

const isCurrent = (version: string): boolean => version.endsWith(' now');

/** The same of the view that docs/DATA.md makes. */
const VERSIONS = `SELECT store, "table", lower(hex(key)), lower(hex(value)), created_at,
  coalesce(deleted_at::VARCHAR, 'now') FROM versions`;

describe('exported files in other engines', () => {
  const names = Array.from({ length: STORES }, (_, index) => (index < 2 ? `a b%/ü=${index}.kmb` : `${index}.kmb`));
  const histories = names.map((_, index) =>
    historyOf(8000 + index, index === 0 ? POSITIONS : 12, { tables: TABLES, smallValues: index > 0, format: 2 }),
  );
  let folder: string;
  let duck: Duck | undefined;

  const run = async (...argv: readonly string[]): Promise<Outcome> => {
    const outcome = await runCli(argv, { cwd: folder });
    expect(outcome.code, `${argv.join(' ')}: ${outcome.stderr}`).to.equal(0);
    return outcome;
  };
  const inFolder = (name: string) => path.join(folder, name);
  const all = (at: (name: string) => bigint) =>
    names.flatMap((name, index) => versionsOf(name, histories[index]?.model as Model, at(name))).sort();

  /** The versions that are in a data set, by the documented view. */
  async function versionsIn(set: string): Promise<string[]> {
    if (duck === undefined) throw new Error('DuckDB is not installed');
    const [view = ''] = documentedSql('DuckDB', inFolder(set));
    await duck.rows(view.replace('CREATE VIEW', 'CREATE OR REPLACE VIEW'));
    return (await duck.lines(VERSIONS)).sort();
  }

  before(async () => {
    folder = makeTempFolder();
    mkdirSync(inFolder('a b%'));
    for (const [index, name] of names.entries()) {
      applyTo(inFolder(name), histories[index]?.batches.slice(0, index === 0 ? 15 : 6) ?? []);
    }
    await run('export', ...names, '--output', 'history', '--as', 'parquet', '--history');
    await run('export', ...names, '--output', 'current', '--as', 'parquet');
    duck = await Duck.open();
  });

  after(() => {
    duck?.close();
    removeFolder(folder);
  });

  function needDuck(this: Mocha.Context): void {
    if (duck !== undefined) return;
    this.test!.title += ' (skipped: @duckdb/node-api is not installed)';
    this.skip();
  }

  it('DuckDB: all versions and current rows of 20 stores in one query', async function () {
    needDuck.call(this);
    const due = all((name) => (name === names[0] ? 15n : 6n));
    expect(await versionsIn('history')).to.deep.equal(due);
    expect(await versionsIn('current')).to.deep.equal(due.filter(isCurrent));
  });

  it('DuckDB: what is added twice is what one export has, and nothing is added where nothing is new', async function () {
    needDuck.call(this);
    for (const [from, to] of [
      [15, 30],
      [30, POSITIONS],
    ] as const) {
      applyTo(inFolder(names[0] as string), histories[0]?.batches.slice(from, to) ?? []);
      if (from > 15) {
        for (const [index, name] of names.entries()) {
          if (index > 0) applyTo(inFolder(name), histories[index]?.batches.slice(6) ?? []);
        }
      }
      await run('export', ...names, '--output', 'history', '--as', 'parquet', '--history', '--append');
      await run('export', ...names, '--output', 'current', '--as', 'parquet', '--append');
    }
    await run('export', ...names, '--output', 'whole', '--as', 'parquet', '--history');
    const whole = await versionsIn('whole');
    expect(whole).to.deep.equal(all(() => BigInt(POSITIONS)));
    expect(await versionsIn('history')).to.deep.equal(whole);
    expect((await versionsIn('current')).filter(isCurrent)).to.deep.equal(whole.filter(isCurrent));
    const { stdout } = await run('export', ...names, '--output', 'current', '--as', 'parquet', '--append', '--json');
    for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).to.include({ rows: 0, bytes: 0 });
  });

  it('DuckDB: the rows as of every position, and the queries of docs/DATA.md', async function () {
    needDuck.call(this);
    const [view = '', ...queries] = documentedSql('DuckDB', inFolder('history'));
    await duck?.rows(view.replace('CREATE VIEW', 'CREATE OR REPLACE VIEW'));
    const asOf = queries.find((query) => query.includes('created_at <= 2')) ?? '';
    const model = histories[0]?.model as Model;
    for (let at = 0n; at <= BigInt(POSITIONS); at += 8n) {
      const query = asOf.replace('<= 2', `<= ${at}`).replace('> 2', `> ${at}`);
      const rows = await duck?.lines(
        `SELECT "table", lower(hex(key)), lower(hex(value)) FROM (${query}) WHERE store = '${names[0]}'`,
      );
      const due = TABLES.flatMap((table) =>
        model.rowsAt(table, at).map(({ key, value }) => `${table} ${key} ${value}`),
      );
      expect(rows?.sort()).to.deep.equal(due.sort());
    }
    // The one about JSON needs rows that are.
    for (const query of queries) if (!query.includes('json_')) await duck?.rows(query);
    expect(queries).to.have.length(5);
  });

  it('DuckDB: the types, also of one file of several tables, and of text', async function () {
    needDuck.call(this);
    await run('export', names[0] as string, '--output', 'one.parquet', '--as', 'parquet', '--force');
    const one = `SELECT * FROM '${inFolder('one.parquet')}'`;
    expect(await duck?.types(one)).to.deep.equal(['UBIGINT', 'BLOB', 'BLOB', 'UBIGINT', 'UBIGINT']);
    const counts = await duck?.lines(`SELECT "table", count(*) FROM (${one}) WHERE "table" > 7 GROUP BY ALL`);
    const rows = histories[0]?.model.rowsAt(2n ** 64n - 1n, BigInt(POSITIONS)).length;
    expect(counts).to.deep.equal([`${2n ** 64n - 1n} ${rows}`]);
    applyTo(inFolder('text.kmb'), [
      {
        position: 1n,
        operations: [{ kind: 'put', table: 1n, key: Buffer.from('ä'), value: Buffer.from('{"name":"€"}') }],
      },
    ]);
    for (const [as, from] of [
      ['parquet', 'read_parquet'],
      ['csv', 'read_csv'],
    ] as const) {
      await run('export', 'text.kmb', '--output', `text.${as}`, '--as', as, '--text', '--force');
      const text = `SELECT key, value, created_at, deleted_at FROM ${from}('${inFolder(`text.${as}`)}')`;
      expect(await duck?.lines(text)).to.deep.equal(['ä {"name":"€"} 1 ']);
      if (as === 'parquet') expect((await duck?.types(text))?.slice(0, 2)).to.deep.equal(['VARCHAR', 'VARCHAR']);
    }
  });

  it('DuckDB: what the three commands of README.md lead to', async function () {
    needDuck.call(this);
    const readme =
      readFileSync(`${repositoryRoot}README.md`, 'utf8').split('\n## From a CSV file to DuckDB\n')[1] ?? '';
    const commands = readme.split('\n## ')[0]?.match(/^ {4}\$ .*$/gm) ?? [];
    expect(commands).to.have.length(3);
    const [first = [], second = []] = commands.map((line) => line.trim().split(' ').slice(2));
    await run(...first.map((word) => word.replace(/^examples\//, `${repositoryRoot}examples/`)));
    await run(...second);
    const [, sql = ''] = /-c "(.*)"/.exec(commands[2] ?? '') ?? [];
    const rows = await duck?.lines(sql.replace(`'cities.parquet'`, `'${inFolder('cities.parquet')}'`));
    expect(rows).to.deep.equal(['1 Lisboa', '2 Praha', '3 Rīga', '4 São Paulo, SP']);
  });

  it('hyparquet: the same rows, and metadata that say where they are from', async () => {
    await run('export', names[0] as string, '--output', 'rows.parquet', '--as', 'parquet', '--history', '--table', '7');
    const file = await asyncBufferFromFile(inFolder('rows.parquet'));
    const rows = await parquetReadObjects({ file, utf8: false });
    const found = rows.map(
      ({ key, value, created_at, deleted_at }) =>
        `${hex(key as Uint8Array)} ${hex(value as Uint8Array)} ${created_at} ${deleted_at ?? 'now'}`,
    );
    const model = histories[0]?.model as Model;
    const at = model.appliedPosition;
    const applied = versionsOf('', model, at).filter((version) => version.startsWith(' 7 '));
    const store = BTreeStore.open(inFolder(names[0] as string), { readOnly: true });
    const reached = store.appliedPosition;
    store.close();
    expect(reached).to.equal(at);
    expect(found.sort()).to.deep.equal(applied.map((version) => version.slice(3)).sort());
    const { key_value_metadata: pairs } = await parquetMetadataAsync(file);
    const metadata = Object.fromEntries(pairs?.map(({ key, value }) => [key, value]) ?? []);
    expect(metadata).to.include({
      'kmb-store.table': '7',
      'kmb-store.position': `${at}`,
      'kmb-store.hash': hex(model.appliedHash),
    });
    expect(modelHash(model, at)).to.match(/^[0-9a-f]{64}$/);
  });

  it('ClickHouse: the same types and counts, and rows as of a position', function () {
    const clickHouse = loadClickHouse();
    if (clickHouse === undefined) {
      this.test!.title += ' (skipped: chdb is not installed)';
      this.skip();
    }
    const [query = ''] = documentedSql('ClickHouse', inFolder('history'));
    const rows = clickHouse(
      `SELECT name, lower(hex(key)) AS k, lower(hex(value)) AS v, toString(id) AS t FROM (${query})`,
    );
    const due = names.flatMap((name, index) =>
      TABLES.flatMap((table) =>
        histories[index]?.model.rowsAt(table, 2n).map(({ key, value }) => `${name} ${key} ${value} ${table}`),
      ),
    );
    expect(rows.map((row) => Object.values(row).join(' ')).sort()).to.deep.equal(due.sort());
    const [type] = clickHouse(
      `SELECT toTypeName(created_at) AS c, toTypeName(deleted_at) AS d FROM file('${inFolder('history')}/store=2.kmb/table=7/part-0.parquet') LIMIT 1`,
    );
    expect(type).to.deep.equal({ c: 'UInt64', d: 'Nullable(UInt64)' });
  });
});
