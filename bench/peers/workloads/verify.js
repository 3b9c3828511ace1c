/** Checks of a whole store, in megabytes of its file a second. */
import { comparison, figure } from '../../lib/comparison.js';
import { inTurn } from '../../lib/pairs.js';
import { isInstalled, timeCommand, timeProgram } from '../programs.js';

export async function measure({ fixtures, rounds }) {
  const kmb = fixtures.store('random', 'kmb');
  const sized = (path, run) => () => ({ ...run(), bytes: fixtures.bytesOf(path) });
  const others = {};
  if (isInstalled('sqlite3')) {
    const sqlite = fixtures.store('random', 'sqlite');
    others.sqlite = sized(sqlite, () => timeProgram('sqlite3', [sqlite, 'pragma integrity_check']));
  }
  if (isInstalled('cat')) others.cat = sized(kmb, () => timeProgram('cat', [kmb]));
  const results = await inTurn(rounds, {
    full: sized(kmb, () => timeCommand(['verify-pages', kmb])),
    quick: sized(kmb, () => timeCommand(['verify-pages', kmb, '--quick'])),
    ...others,
  });
  const line = (theirs, peer, target) =>
    theirs in results
      ? [comparison({ work: 'verify-pages', peer, by: 'throughput', ...target }, results, 'full', theirs)]
      : [];
  const speeds = results.quick.map(({ bytes, seconds }) => bytes / seconds / 1e6);
  return [
    ...line('sqlite', 'sqlite3 shell, integrity_check', { atLeast: 2 }),
    ...line('cat', 'cat', {}),
    figure({ work: 'verify-pages --quick', unit: 'MB/s', atLeast: 1200 }, speeds),
  ];
}
