import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { runCommand, runReplayCommand, runScenario } from '../../lib/child.js';
import { removeFiles } from '../../lib/files.js';
import { makeLogFile } from '../../lib/log-file.js';
import { inTurn, medianRatio } from '../../lib/pairs.js';
import { largeValueLines, valueOf } from '../logs.js';

const VALUE_BYTES = 10_000;
const LARGEST_BYTES = 64 * 2 ** 20;
const PIECE_BYTES = 2 ** 19;
const PEERS = ['lmdb', 'sqlite'];
const MEMORY_MAX = 200;

/** Values of 10 KB from a log beside lmdb and SQLite, each in one transaction, and a value as large as one can be. */
export async function measure(context) {
  return [...(await rateRows(context)), ...memoryRows(context)];
}

async function rateRows({ folder, operations, rounds }) {
  const values = Math.ceil(operations / 100);
  const log = `${folder}large-values-${values}.ndjson`;
  makeLogFile(log, () => largeValueLines(values, VALUE_BYTES));
  const pathOf = (name) => `${folder}large-values.${name}`;
  const replay = () => runReplayCommand({ path: pathOf('kmb'), log, flags: ['--format', '2'] });
  const put = (store) =>
    runScenario({
      scenario: 'put',
      wholeProcess: true,
      store,
      path: pathOf(store),
      log,
      operationsPerTransaction: values,
    });
  const results = await inTurn(rounds, {
    kmb: whole(pathOf('kmb'), replay),
    ...Object.fromEntries(PEERS.map((store) => [store, whole(pathOf(store), () => put(store))])),
  });
  const best = results.kmb.map((_, round) => bestOf(PEERS.map((store) => results[store][round])));
  return [
    ...PEERS.map((store) => ({
      what: `10 KB values, rate by ${store}, clock`,
      value: medianRatio(results[store], results.kmb, 'wholeSeconds'),
    })),
    { what: '10 KB values, rate by the better', value: medianRatio(best, results.kmb, 'wholeSeconds'), atLeast: 1 },
    { what: '10 KB values, the same by CPU time', value: medianRatio(best, results.kmb, 'cpuSeconds'), atLeast: 1 },
  ];
}

/** A measurement of a whole process, on a store that it makes. */
function whole(path, run) {
  return () => {
    removeFiles(path);
    const begin = performance.now();
    return { ...run(), wholeSeconds: (performance.now() - begin) / 1000 };
  };
}

function bestOf(results) {
  return Object.fromEntries(
    ['wholeSeconds', 'cpuSeconds'].map((field) => [field, Math.min(...results.map((result) => result[field]))]),
  );
}

function memoryRows({ folder }) {
  const path = `${folder}largest.store`;
  const value = `${folder}largest.value`;
  const copy = `${folder}largest.copy`;
  removeFiles(path);
  writeFileSync(
    value,
    Array.from({ length: LARGEST_BYTES / PIECE_BYTES }, (_, piece) => valueOf(piece, PIECE_BYTES)).join(''),
  );
  const put = runCommand(path, ['put', path, 'key', '--table', '1', '--value-file', value, '--format', '2']);
  const output = openSync(copy, 'w');
  const get = runCommand(path, ['get', path, 'key', '--table', '1', '--raw'], output);
  closeSync(output);
  const isSame = readFileSync(copy).equals(readFileSync(value));
  for (const file of [value, copy]) rmSync(file);
  removeFiles(path);
  return [
    { what: 'value of 64 MiB, MB of put --value-file', value: put.memoryMaxBytes / 1e6, atMost: MEMORY_MAX },
    { what: 'value of 64 MiB, MB of get --raw', value: get.memoryMaxBytes / 1e6, atMost: MEMORY_MAX },
    { what: 'value of 64 MiB, wrong ones', value: isSame ? 0 : 1, atMost: 0 },
  ];
}
