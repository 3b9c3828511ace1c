/**
 * Replays the history of a repository through the commands and compares every hundredth position with git:
 * `npm run history -- [--repository PATH] [--every N] [--commits N] [--max-puts N]`. Without a repository it makes one.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, rmSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { git } from '../lib/git.js';
import { DEFAULT_COMMITS, DEFAULT_MAX_PUTS, makeRepository } from './make-repository.js';

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const workFolder = pathOf('../work/');
const log = `${workFolder}history.ndjson`;
const store = `${workFolder}history.kmb`;

async function makeLog(repository, commit) {
  const example = spawn(process.execPath, [pathOf('../../examples/git-history.mjs'), repository, commit], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(example, 'close');
  await pipeline(example.stdout, createWriteStream(log));
  const [code] = await ended;
  if (code !== 0) throw new Error(`git-history.mjs ended with exit code ${code}`);
}

function kmbStore(...argv) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [pathOf('../../bin/run.js'), ...argv], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`kmb-store ${argv.join(' ')}: ${stderr}`);
  return stdout;
}

function rowsOfStore(position) {
  const rows = kmbStore('scan', store, '--table', '1', '--at', `${position}`, '--json').split('\n').slice(0, -1);
  return rows.map((row) => {
    const { key, keyHex, value } = JSON.parse(row);
    const path = key === undefined ? Buffer.from(keyHex, 'hex') : Buffer.from(key);
    const { mode, blob } = JSON.parse(value);
    return `${mode} ${blob} ${path.toString('latin1')}`;
  });
}

function rowsOfGit(repository, commit) {
  const files = git(['-C', repository, 'ls-tree', '-r', '-z', '--full-tree', commit]).toString('latin1').split('\0');
  return files.slice(0, -1).map((file) => file.replace(/^(\d+) \w+ (\w+)\t/, '$1 $2 '));
}

function positionsToCompare(count, every) {
  const positions = Array.from({ length: Math.floor(count / every) }, (_, index) => (index + 1) * every);
  return [...new Set([1, ...positions, count])];
}

async function timed(action) {
  const begin = performance.now();
  const result = await action();
  return { result, seconds: ((performance.now() - begin) / 1000).toFixed(2) };
}

const { values } = parseArgs({
  options: {
    repository: { type: 'string' },
    every: { type: 'string', default: '100' },
    commits: { type: 'string', default: DEFAULT_COMMITS },
    'max-puts': { type: 'string', default: DEFAULT_MAX_PUTS },
  },
});
const repository = values.repository ?? `${workFolder}history.git`;

mkdirSync(workFolder, { recursive: true });
rmSync(store, { force: true });
if (values.repository === undefined) {
  rmSync(repository, { recursive: true, force: true });
  makeRepository(repository, Number(values.commits), Number(values['max-puts']));
}
const list = git(['-C', repository, 'rev-list', '--first-parent', '--reverse', 'HEAD']).toString();
const commits = list.split('\n').slice(0, -1);

const { seconds: logSeconds } = await timed(() => makeLog(repository, commits.at(-1)));
console.log(`${commits.length} commits as a log of ${statSync(log).size} bytes in ${logSeconds} s`);

const { result, seconds: replaySeconds } = await timed(() => JSON.parse(kmbStore('replay', store, log, '--json')));
console.log(`${result.operations} operations replayed in ${replaySeconds} s, a store of ${statSync(store).size} bytes`);

const positions = positionsToCompare(commits.length, Number(values.every));
let rows = 0;
for (const position of positions) {
  const expected = rowsOfGit(repository, commits[position - 1]);
  const found = rowsOfStore(position);
  rows += expected.length;
  if (found.length === expected.length && found.every((row, index) => row === expected[index])) continue;
  console.log(`position ${position} is not as commit ${commits[position - 1]}`);
  process.exitCode = 1;
}
console.log(`${positions.length} positions compared with git, ${rows} rows`);
