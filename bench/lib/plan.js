/** What is measured. Names are `ORDER/SCENARIO/STORE`; `--only` selects by any part of them. */
import { KEY_ORDERS, OPERATIONS_PER_BATCH } from './data.js';

const PEERS = ['lmdb', 'sqlite', 'level'];
/** What a transaction gains from many operations, without one for the whole log. */
const OPERATIONS_PER_GROUP = 400_000;
const SMALL_CACHE = { flag: '8MiB', cachePages: 2048 };
const MAX_GETS = 200_000;

/**
 * The writing measurements, each of which leaves a store, and the reading ones, each with the writer that it `needs`.
 *
 * @param format of our own stores
 */
export function makePlan(operations, format) {
  const writes = KEY_ORDERS.flatMap((order) => writesOf(order, format));
  const reads = readsOf('random', operations);
  return { writes, reads };
}

function writesOf(order, format) {
  const write = (name, task) => ({ name: `${order}/${name}`, order, task: { ...task, wholeProcess: true } });
  const puts = (name, stores, options) =>
    stores.map((store) => write(`${name}/${store}`, { scenario: 'put', store, format, ...options }));
  const formatFlags = ['--format', `${format}`];
  return [
    write('parse', { scenario: 'parse' }),
    write('decode', { scenario: 'decode' }),
    write('replay/command', { flags: formatFlags }),
    write('replay/command-8MiB', { flags: [...formatFlags, '--cache', SMALL_CACHE.flag] }),
    write('replay/library', { scenario: 'replay', format }),
    ...puts(`put-${OPERATIONS_PER_BATCH}`, ['kmb', ...PEERS], {}),
    ...puts('put-grouped', PEERS, { operationsPerTransaction: OPERATIONS_PER_GROUP }),
    ...(order === 'random' ? puts(`put-${OPERATIONS_PER_BATCH}-durable`, ['kmb', ...PEERS], { durable: true }) : []),
  ];
}

function readsOf(order, operations) {
  const halfway = Math.floor(operations / OPERATIONS_PER_BATCH / 2);
  const read = (name, needs, task) => ({ name: `${order}/${name}`, order, needs: `${order}/${needs}`, task });
  const readings = [
    { label: 'scan', task: { scenario: 'scan' } },
    { label: 'get', task: { scenario: 'get', order, operations, gets: Math.min(operations, MAX_GETS) } },
  ];
  return readings.flatMap(({ label, task }) => [
    read(`${label}/kmb`, 'replay/command', { ...task, store: 'kmb' }),
    read(`${label}/kmb-8MiB`, 'replay/command-8MiB', { ...task, store: 'kmb', cachePages: SMALL_CACHE.cachePages }),
    ...PEERS.map((store) => read(`${label}/${store}`, `put-${OPERATIONS_PER_BATCH}/${store}`, { ...task, store })),
    read(`${label}-halfway/kmb`, 'replay/command', { ...task, store: 'kmb', at: halfway }),
  ]);
}
