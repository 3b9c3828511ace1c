/** Values of 10 KB through the libraries: gets in random order, and a scan. */
import { runScenario } from '../../lib/child.js';
import { comparison } from '../../lib/comparison.js';
import { inTurn } from '../../lib/pairs.js';

const PEERS = { sqlite: 'better-sqlite3', lmdb: 'lmdb' };

export async function measure({ fixtures, rounds }) {
  const count = fixtures.largeValues;
  const measurements = {};
  for (const store of ['kmb', ...Object.keys(PEERS)]) {
    const path = fixtures.store('large', store);
    const task = { store, path };
    measurements[`${store} get`] = () =>
      runScenario({ ...task, scenario: 'get', order: 'random', operations: count, gets: count });
    measurements[`${store} scan`] = () => runScenario({ ...task, scenario: 'scan', digests: false });
  }
  const kmb = { store: 'kmb', path: fixtures.store('large', 'kmb') };
  measurements['kmb scan, lent'] = () => runScenario({ ...kmb, scenario: 'scan', digests: false, lent: true });
  const results = await inTurn(rounds, measurements);
  const lent = { work: '10 KB values, scan of lent rows', peer: PEERS.sqlite, by: 'rate' };
  const rows = Object.entries(PEERS).flatMap(([store, peer]) =>
    ['get', 'scan'].map((what) =>
      comparison(
        { work: `10 KB values, ${what}`, peer, by: 'rate', ...(store === 'sqlite' ? { atLeast: 1 } : {}) },
        results,
        `kmb ${what}`,
        `${store} ${what}`,
      ),
    ),
  );
  return [...rows, comparison(lent, results, 'kmb scan, lent', 'sqlite scan')];
}
