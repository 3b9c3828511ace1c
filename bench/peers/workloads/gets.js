/** Gets in random order through the libraries: in a fresh process, again in the same one, and as of an old position. */
import { runScenario } from '../../lib/child.js';
import { comparison } from '../../lib/comparison.js';
import { OPERATIONS_PER_BATCH } from '../../lib/data.js';
import { inTurn } from '../../lib/pairs.js';

const GETS = 100_000;

export async function measure({ fixtures, rounds }) {
  const { operations } = fixtures;
  const gets = Math.min(GETS, operations);
  const half = Math.floor(operations / OPERATIONS_PER_BATCH / 2);
  const run = (order, store, more) => {
    const path = fixtures.store(order, store);
    return () => runScenario({ scenario: 'get', order, operations, gets, store, path, ...more });
  };
  const stores = ['kmb', 'lmdb', 'sqlite', 'level'];
  const measurements = {};
  for (const store of stores) {
    measurements[store] = run('random', store, {});
    measurements[`${store}, warm`] = run('random', store, { warm: true });
  }
  for (const [name, more] of Object.entries({ together: {}, 'together, warm': { warm: true } })) {
    measurements[`kmb, ${name}`] = run('random', 'kmb', { together: true, ...more });
  }
  measurements['kmb, old, together'] = run('updates', 'kmb', { at: half, together: true });
  measurements['kmb, old'] = run('updates', 'kmb', { at: half });
  measurements['lmdb, old'] = run('updates', 'lmdb-versions', { at: half });
  const results = await inTurn(rounds, measurements);
  const line = (work, peer, target, ours, theirs) =>
    comparison({ work, peer, by: 'rate', ...target }, results, ours, theirs);
  return [
    line('gets in one call, fresh process', 'better-sqlite3', { atLeast: 1.5 }, 'kmb, together', 'sqlite'),
    line('gets in one call, fresh process', 'lmdb', { atLeast: 0.6 }, 'kmb, together', 'lmdb'),
    line('gets in one call, warm', 'lmdb', { atLeast: 1 }, 'kmb, together, warm', 'lmdb, warm'),
    line('gets in one call, as of half the log', 'lmdb', { atLeast: 1.2 }, 'kmb, old, together', 'lmdb, old'),
    line('gets one by one, fresh process', 'better-sqlite3', {}, 'kmb', 'sqlite'),
    line('gets one by one, fresh process', 'lmdb', {}, 'kmb', 'lmdb'),
    line('gets one by one, fresh process', 'classic-level', {}, 'kmb', 'level'),
    line('gets one by one, warm', 'lmdb', {}, 'kmb, warm', 'lmdb, warm'),
    line('gets one by one, warm', 'better-sqlite3', {}, 'kmb, warm', 'sqlite, warm'),
    line('gets one by one, as of half the log', 'lmdb', {}, 'kmb, old', 'lmdb, old'),
  ];
}
