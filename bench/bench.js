/** Measures kmb-store beside other embedded stores; see README.md. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { runReplayCommand, runScenario } from './lib/child.js';
import { makeLog } from './lib/data.js';
import { removeFiles, sizeOf } from './lib/files.js';
import { readOptions } from './lib/options.js';
import { makePlan } from './lib/plan.js';
import { formatTable, formatTargets } from './lib/report.js';
import { summarize } from './lib/summary.js';
import { checkTargets } from './lib/targets.js';

const folderOf = (name) => fileURLToPath(new URL(`${name}/`, import.meta.url));
const workFolder = folderOf('work');
const resultsFolder = folderOf('results');

const options = readOptions(process.argv.slice(2));
const plan = makePlan(options.operations, options.format);
const isSelected = ({ name }) => options.only.length === 0 || options.only.some((part) => name.includes(part));
const reads = plan.reads.filter(isSelected);
const neededWrites = new Set(reads.map(({ needs }) => needs));
const writes = plan.writes.filter((write) => isSelected(write) || neededWrites.has(write.name));

function logOf(order) {
  return `${workFolder}${order}-${options.operations}.ndjson`;
}

function storeOf(name) {
  return `${workFolder}${name.replaceAll('/', '-')}.store`;
}

function measure({ name, order, needs, task }) {
  const path = storeOf(needs ?? name);
  const log = logOf(order);
  if (needs === undefined) removeFiles(path);
  const result =
    task.scenario === undefined ? runReplayCommand({ ...task, path, log }) : runScenario({ ...task, path, log });
  return { name, order, ...result, fileBytes: sizeOf(path) };
}

function measureRound(round) {
  // Back and forth, so that nobody always runs after the same neighbour.
  const inTurn = (list) => (round % 2 === 0 ? list : list.toReversed());
  const results = [];
  for (const measurement of [...inTurn(writes), ...inTurn(reads)]) {
    const result = measure(measurement);
    console.error(`round ${round + 1}: ${result.name} ${result.seconds.toFixed(2)} s`);
    if (isSelected(measurement)) results.push(result);
  }
  for (const { name } of writes) removeFiles(storeOf(name));
  return results;
}

/** Stores that were fed the same must read the same. */
function checkRows(results) {
  const digests = results.filter(({ name, digest }) => digest !== undefined && name.includes('/scan/'));
  const different = digests.filter(({ digest }) => digest !== digests[0].digest);
  if (different.length === 0) return;
  console.error(`other rows than ${digests[0].name}: ${different.map(({ name }) => name).join(', ')}`);
  process.exitCode = 1;
}

function versions() {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
  const versionOf = (name) => {
    const file = new URL(`node_modules/${name}/package.json`, import.meta.url);
    return JSON.parse(readFileSync(file, 'utf8')).version;
  };
  return Object.fromEntries(Object.keys(dependencies).map((name) => [name, versionOf(name)]));
}

function saveResults(results) {
  mkdirSync(resultsFolder, { recursive: true });
  const path = `${resultsFolder}${new Date().toISOString().replaceAll(':', '-')}.json`;
  writeFileSync(path, `${JSON.stringify(results, undefined, 2)}\n`);
  return path;
}

if (writes.length + reads.length === 0) {
  console.error(
    `nothing is named so; there are:\n${[...plan.writes, ...plan.reads].map(({ name }) => name).join('\n')}`,
  );
  process.exit(2);
}
if (!existsSync(new URL('../dist/engine/index.js', import.meta.url))) {
  console.error('kmb-store is not built: run npm install one folder up');
  process.exit(2);
}
mkdirSync(workFolder, { recursive: true });
for (const order of new Set(writes.map(({ order }) => order))) makeLog(logOf(order), order, options.operations);

const rounds = Array.from({ length: options.rounds }, (_, round) => measureRound(round));
const rows = summarize(rounds.flat());
const targets = checkTargets(rows);
console.log(formatTable(rows));
if (targets.length > 0) console.log(`\n${formatTargets(targets)}`);
checkRows(rounds.flat());

const machine = { node: process.version, cpu: cpus()[0]?.model, cpus: cpus().length };
console.error(`\n${saveResults({ options, machine, peers: versions(), medians: rows, targets, rounds })}`);
