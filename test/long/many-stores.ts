/**
 * Very many stores at once: `npm run many -- --stores 1000 --damaged 50`. Needs the build. Each is asked about once,
 * with the right verdict; two processes take at most 0.65 of the time of one. Ends with exit code 1 where
 * that is not so.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BTreeStore, WriteBatch } from '../../src/engine/index.js';
import { Random } from '../support/random.js';

const PROGRAM = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const ABSENT = 5;
const MOST_OF_ONE = 0.65;
const PAGE = 4096;

const { values } = parseArgs({
  options: {
    stores: { type: 'string', default: '1000' },
    damaged: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
  },
});
const [stores, damaged, seed] = [Number(values.stores), Number(values.damaged), Number(values.seed)];

interface Line {
  readonly store?: string;
  readonly ok?: boolean;
  readonly error?: { readonly exitCode: number };
  readonly summary?: { readonly stores: number; readonly failed: number };
}

/** Damages a store in one of several ways, each of which the check must find. */
function damage(path: string, way: number, random: Random): void {
  const bytes = readFileSync(path);
  const page = 2 + random.below(bytes.length / PAGE - 2);
  if (way === 0) bytes.fill(0, 0, 2 * PAGE);
  else if (way === 1) bytes.fill(0, page * PAGE, (page + 1) * PAGE);
  else if (way === 2) bytes.writeUInt8(bytes.readUInt8(page * PAGE + 4095) ^ 1, page * PAGE + 4095);
  writeFileSync(path, way === 3 ? bytes.subarray(0, page * PAGE) : bytes);
}

function makeStores(folder: string): { readonly expected: Map<string, boolean>; readonly absent: string[] } {
  const random = new Random(seed);
  const model = join(folder, 'model');
  const store = BTreeStore.open(model, { create: true });
  for (let row = 1; row <= 200; row++) {
    store.apply(new WriteBatch(BigInt(row)).put(1n, `row:${row}`, 'v'.repeat(100)));
  }
  store.sync();
  store.close();
  const expected = new Map<string, boolean>();
  for (let index = 0; index < stores; index++) {
    const shard = join(folder, 'stores', `shard-${index % 10}`);
    mkdirSync(shard, { recursive: true });
    const path = join(shard, `${index}.kmb`);
    copyFileSync(model, path);
    const isDamaged = index % Math.floor(stores / damaged) === 0;
    if (isDamaged) damage(path, index % 4, random);
    expected.set(path, !isDamaged);
  }
  return { expected, absent: Array.from({ length: ABSENT }, (_, index) => join(folder, `absent-${index}.kmb`)) };
}

function check(folder: string, absent: readonly string[], jobs: number) {
  const argv = ['verify-pages', ...absent, '--recursive', join(folder, 'stores'), '--jobs', `${jobs}`, '--json'];
  const begin = performance.now();
  const { status, stdout } = spawnSync(process.execPath, [PROGRAM, ...argv], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  return { status, lines, seconds: (performance.now() - begin) / 1000 };
}

const folder = mkdtempSync(join(tmpdir(), 'kmb-store-many-'));
const problems: string[] = [];
try {
  const { expected, absent } = makeStores(folder);
  const seconds: number[] = [];
  for (const jobs of [1, 2]) {
    const { status, lines, seconds: taken } = check(folder, absent, jobs);
    seconds.push(taken);
    const seen = lines.filter(({ store }) => store !== undefined);
    for (const { store = '', ok, error } of seen) {
      const isRight = absent.includes(store) ? error?.exitCode === 6 : ok === expected.get(store);
      if (!isRight) problems.push(`${jobs} processes: ${store} is called ${ok === true ? 'sound' : 'not sound'}`);
    }
    const names = new Set(seen.map(({ store }) => store));
    const total = stores + ABSENT;
    if (seen.length !== total || names.size !== total) problems.push(`${seen.length} lines of ${names.size} stores`);
    const summary = lines.at(-1)?.summary;
    if (summary?.stores !== total || summary.failed !== damaged + ABSENT) problems.push(JSON.stringify(summary));
    if (status !== 1) problems.push(`exit code ${status}`);
  }
  const ratio = (seconds[1] ?? 0) / (seconds[0] ?? 1);
  if (ratio > MOST_OF_ONE) problems.push(`two processes take ${ratio.toFixed(2)} of the time of one`);
  console.log(JSON.stringify({ stores, damaged, seed, seconds, ratio, problems }));
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = problems.length === 0 ? 0 : 1;
