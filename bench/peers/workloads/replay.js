/** Loads of a log: from JSON Lines to synced files. */
import { runReplayCommand, runScenario } from '../../lib/child.js';
import { comparison, figure } from '../../lib/comparison.js';
import { removeFiles, sizeOf } from '../../lib/files.js';
import { inTurn } from '../../lib/pairs.js';

const ALL = 2 ** 30;
const CPU_BY_PARSING = { random: { atMost: 6 }, sequential: { atMost: 3.5 } };
const PEERS = ['lmdb', 'sqlite', 'level'];
const NAMES = { lmdb: 'lmdb', sqlite: 'better-sqlite3', level: 'classic-level' };
const SMALL = ', 100 a transaction';
const ONE = 'lmdb, one transaction, no JSON';

export async function measure(context) {
  const rows = [];
  for (const order of ['random', 'sequential', 'updates']) rows.push(...(await rowsOf(order, context)));
  return rows;
}

async function rowsOf(order, { fixtures, rounds }) {
  const log = fixtures.log(order);
  const { operations } = fixtures;
  const fresh = (store, run) => () => {
    const path = fixtures.pathOf(`load-${order}-${store}`);
    removeFiles(path);
    const result = run(path);
    const fileBytes = sizeOf(path);
    removeFiles(path);
    return { ...result, operations, fileBytes };
  };
  const put = (store, more) => (path) =>
    runScenario({ scenario: 'put', wholeProcess: true, store, path, log, ...more });
  const results = await inTurn(rounds, {
    parse: () => runScenario({ scenario: 'parse', wholeProcess: true, log }),
    kmb: fresh('kmb', (path) => runReplayCommand({ path, log })),
    ...Object.fromEntries(PEERS.map((store) => [store + SMALL, fresh(store, put(store, {}))])),
    [ONE]: fresh('lmdb-one', put('lmdb', { ready: true, operationsPerTransaction: ALL })),
  });
  const line = (by, theirs, peer, target) =>
    comparison({ work: `replay, ${order}`, peer, by, ...target }, results, 'kmb', theirs);
  return [
    line('cpu', 'parse', 'parsing alone', CPU_BY_PARSING[order] ?? {}),
    ...PEERS.map((store) => line('rate', store + SMALL, NAMES[store] + SMALL, targetOf(order, store))),
    line('rate', ONE, ONE, order === 'random' ? { atLeast: 1.2 } : {}),
    ...(order === 'random' ? sizeRows(results.kmb) : []),
  ];
}

function targetOf(order, store) {
  if (store !== 'lmdb' || order === 'sequential') return {};
  return { atLeast: order === 'random' ? 3.5 : 4 };
}

function sizeRows(results) {
  return [
    figure(
      { work: 'replay, random: a record', unit: 'bytes', atMost: 140 },
      results.map(({ fileBytes, operations }) => fileBytes / operations),
    ),
    figure(
      { work: 'replay, random: memory', unit: 'MB' },
      results.map(({ memoryMaxBytes }) => memoryMaxBytes / 1e6),
    ),
  ];
}
