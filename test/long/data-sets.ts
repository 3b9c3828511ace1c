/**
 * A data set of very many stores, read by DuckDB: `npm run data-sets -- --stores 200 --versions 1000000`. Needs the
 * build and DuckDB. Counts and sums of rows now, of all versions, and of the rows as of some positions are what the
 * tool itself says of the stores. Ends with exit code 1 where they are not.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BTreeStore, WriteBatch } from '../../src/engine/index.js';
import { documentedSql, Duck } from '../commands/support/query-engines.js';
import { Random } from '../support/random.js';

const PROGRAM = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
/** Operations of a batch: so many versions begin at a position. */
const BATCH = 50;
const KEYS = 2000;
const TABLES = 3;

const { values } = parseArgs({
  options: {
    stores: { type: 'string', default: '200' },
    versions: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
  },
});
const [stores, versions, seed] = [Number(values.stores), Number(values.versions), Number(values.seed)];
const random = new Random(seed);

/** How many rows there are, and the bytes of all of their values. */
interface Sum {
  rows: number;
  bytes: number;
}

function makeStore(path: string, positions: number): void {
  const store = BTreeStore.open(path, { create: true });
  for (let position = 1; position <= positions; position++) {
    const batch = new WriteBatch(BigInt(position));
    for (let operation = 0; operation < BATCH; operation++) {
      const [table, key] = [BigInt(random.below(TABLES)), `key:${random.below(KEYS)}`];
      if (random.chance(0.1)) batch.delete(table, key);
      else batch.put(table, key, 'v'.repeat(random.below(100)));
    }
    store.apply(batch);
  }
  store.sync();
  store.close();
}

/** What the store itself has at a position. */
function sumOf(path: string, at: bigint): Sum {
  const store = BTreeStore.open(path, { readOnly: true });
  const sum = { rows: 0, bytes: 0 };
  for (const { id } of store.tables()) {
    for (const { value } of store.cursor(id, { at })) {
      sum.rows += 1;
      sum.bytes += value.length;
    }
  }
  store.close();
  return sum;
}

function countVersions(path: string): number {
  const text = execFileSync(process.execPath, [PROGRAM, 'stat', path, '--json'], { encoding: 'utf8' });
  return (JSON.parse(text) as { total: { versions: number } }).total.versions;
}

const folder = mkdtempSync(join(tmpdir(), 'kmb-store-data-sets-'));
const duck = await Duck.open();
const problems: string[] = [];
try {
  if (duck === undefined) throw new Error('DuckDB is not installed for this machine');
  const positions = Math.ceil(versions / stores / BATCH);
  mkdirSync(join(folder, 'stores'));
  const paths = Array.from({ length: stores }, (_, index) => join(folder, 'stores', `${index}.kmb`));
  for (const path of paths) makeStore(path, positions);
  const argv = ['export', '--recursive', 'stores', '--output', 'set', '--as', 'parquet', '--history'];
  execFileSync(process.execPath, [PROGRAM, ...argv], { cwd: folder });
  for (const statement of documentedSql('DuckDB', join(folder, 'set')).slice(0, 1)) await duck.rows(statement);

  const [all] = await duck.lines('SELECT count(*) FROM versions');
  const expected = paths.reduce((sum, path) => sum + countVersions(path), 0);
  if (all !== `${expected}`) problems.push(`${all} versions in the data set, ${expected} in the stores`);
  for (const at of [1, Math.ceil(positions / 3), positions]) {
    const [found] = await duck.lines(
      `SELECT count(*), coalesce(sum(octet_length(value)), 0)::BIGINT FROM versions
       WHERE created_at <= ${at} AND (deleted_at IS NULL OR deleted_at > ${at})`,
    );
    const sum = { rows: 0, bytes: 0 };
    for (const path of paths) {
      const { rows, bytes } = sumOf(path, BigInt(at));
      sum.rows += rows;
      sum.bytes += bytes;
    }
    if (found !== `${sum.rows} ${sum.bytes}`) problems.push(`position ${at}: ${found}, not ${sum.rows} ${sum.bytes}`);
  }
  console.log(JSON.stringify({ stores, seed, positions, versions: expected, problems }));
} finally {
  duck?.close();
  rmSync(folder, { recursive: true });
}
process.exitCode = problems.length === 0 ? 0 : 1;
