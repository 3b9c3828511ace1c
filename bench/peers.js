/** Holds kmb-store to what it is to do beside its peers: one command for all of it; see README.md. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeChart } from './lib/chart.js';
import { formatMarkdown } from './lib/markdown.js';
import { Fixtures } from './peers/fixtures.js';

const WORKLOADS = ['scan', 'count', 'verify', 'gets', 'replay', 'large-values', 'growth'];
/** The targets are for this many operations: smaller runs are mostly start-up. */
const JUDGED_FROM = 1_000_000;
/** What is measured when nothing is named. */
const USUAL = WORKLOADS.filter((name) => name !== 'growth');
const QUICK = { ops: '50000', rounds: '1' };
const FULL = { ops: '1000000', rounds: '5' };
const USAGE = `usage: npm run peers -- [--quick] [--ops N] [--rounds N] [--only ${WORKLOADS.join('|')}]... [--chart FILE]`;
const folderOf = (name) => fileURLToPath(new URL(`${name}/`, import.meta.url));

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        ops: { type: 'string' },
        rounds: { type: 'string' },
        only: { type: 'string', multiple: true, default: USUAL },
        chart: { type: 'string' },
      },
    });
    const defaults = values.quick ? QUICK : FULL;
    const operations = Number(values.ops ?? defaults.ops);
    const rounds = Number(values.rounds ?? defaults.rounds);
    const unknown = values.only.find((name) => !WORKLOADS.includes(name));
    if (unknown !== undefined) throw new Error(`nothing is named ${unknown}`);
    if (!(operations >= 1000 && operations % 1000 === 0)) throw new Error('--ops must be a multiple of 1000');
    if (!(Number.isSafeInteger(rounds) && rounds > 0)) throw new Error('--rounds must be 1 or more');
    return { operations, rounds, only: values.only, chart: values.chart };
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    return process.exit(2);
  }
}

function versions() {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
  return Object.fromEntries(
    Object.keys(dependencies).map((name) => {
      const file = new URL(`node_modules/${name}/package.json`, import.meta.url);
      return [name, JSON.parse(readFileSync(file, 'utf8')).version];
    }),
  );
}

async function measureAll({ operations, rounds, only }) {
  const fixtures = new Fixtures(folderOf('work'), operations);
  const rows = [];
  try {
    for (const name of WORKLOADS.filter((workload) => only.includes(workload))) {
      console.error(`${name} …`);
      const { measure } = await import(`./peers/workloads/${name}.js`);
      rows.push(...(await measure({ fixtures, rounds })));
    }
  } finally {
    fixtures.removeStores();
  }
  return rows;
}

const options = readOptions();
if (!existsSync(new URL('../dist/engine/index.js', import.meta.url))) {
  console.error('kmb-store is not built: run npm install one folder up');
  process.exit(2);
}
for (const name of ['work', 'results']) mkdirSync(folderOf(name), { recursive: true });
const loadBefore = loadavg()[0];
const measured = await measureAll(options);
const isJudged = options.operations >= JUDGED_FROM;
const rows = isJudged ? measured : measured.map((row) => ({ ...row, met: undefined }));
const machine = { node: process.version, cpu: cpus()[0]?.model, cpus: cpus().length, load: [loadBefore, loadavg()[0]] };
console.log(formatMarkdown(rows));
if (!isJudged) console.log(`\nThe targets are for ${JUDGED_FROM.toLocaleString('en')} operations: none is judged.`);

const base = `${folderOf('results')}peers-${new Date().toISOString().replaceAll(':', '-')}`;
const title = `kmb-store by its peers, ${options.operations.toLocaleString('en')} operations, medians of ${options.rounds}`;
writeFileSync(`${base}.json`, `${JSON.stringify({ options, machine, peers: versions(), rows }, undefined, 2)}\n`);
writeFileSync(options.chart ?? `${base}.svg`, makeChart(rows, title));
console.error(`\n${base}.json, ${options.chart ?? `${base}.svg`}`);
