/** How many rows there are, in all and below a prefix: whole processes, and the library. */
import { runScenario } from '../../lib/child.js';
import { comparison, figure } from '../../lib/comparison.js';
import { keyOf } from '../../lib/data.js';
import { inTurn } from '../../lib/pairs.js';
import { timeCommand } from '../programs.js';

/** A sixteenth of all keys. */
const PREFIX = '1';

export async function measure({ fixtures, rounds }) {
  const [kmb, sqlite] = ['kmb', 'sqlite'].map((store) => fixtures.store('random', store));
  const library = (store, path, prefix) => () => runScenario({ scenario: 'count', store, path, prefix });
  const results = await inTurn(rounds, {
    get: () => timeCommand(['get', kmb, keyOf('random', 0)]),
    all: () => timeCommand(['count', kmb]),
    prefix: () => timeCommand(['count', kmb, '--prefix', PREFIX]),
    'kmb prefix': library('kmb', kmb, PREFIX),
    'sqlite prefix': library('sqlite', sqlite, PREFIX),
  });
  const more = results.prefix.map(({ seconds }, round) => (seconds - results.get[round].seconds) * 1000);
  return [
    comparison({ work: 'count, all', peer: 'get', by: 'time', atMost: 1.1 }, results, 'all', 'get'),
    figure({ work: 'count of a prefix, a sixteenth: more than get', unit: 'ms', atMost: 60 }, more),
    comparison(
      { work: 'count of a prefix, library', peer: 'better-sqlite3', by: 'time', atMost: 2 },
      results,
      'kmb prefix',
      'sqlite prefix',
    ),
  ];
}
