/** All rows to a file, by whole processes. */
import { runCommand } from '../../lib/child.js';
import { comparison, figure } from '../../lib/comparison.js';
import { inTurn } from '../../lib/pairs.js';
import { isInstalled, timeCommand, timeProgram } from '../programs.js';
import { closeSync, openSync, rmSync } from 'node:fs';

const SELECT = 'select key, value from rows order by key';

export async function measure({ fixtures, rounds }) {
  const kmb = fixtures.store('random', 'kmb');
  const output = `${fixtures.folder}scan.out`;
  const others = {};
  if (isInstalled('sqlite3')) {
    const sqlite = fixtures.store('random', 'sqlite');
    others.sqlite = () => timeProgram('sqlite3', [sqlite, SELECT], output);
    others['sqlite -json'] = () => timeProgram('sqlite3', ['-json', sqlite, SELECT], output);
  }
  if (isInstalled('mdb_dump')) {
    const lmdb = fixtures.store('random', 'lmdb');
    others.mdb_dump = () => timeProgram('mdb_dump', ['-n', lmdb], output);
  }
  if (isInstalled('cat')) others.cat = () => timeProgram('cat', [kmb], output);
  const results = await inTurn(rounds, {
    text: () => timeCommand(['scan', kmb], output),
    json: () => timeCommand(['scan', kmb, '--json'], output),
    ...others,
  });
  const line = (ours, theirs, peer, target) =>
    theirs in results
      ? [comparison({ work: `scan to a file, ${ours}`, peer, by: 'time', ...target }, results, ours, theirs)]
      : [];
  return [
    ...line('text', 'sqlite', 'sqlite3 shell', { atMost: 1.3 }),
    ...line('json', 'sqlite -json', 'sqlite3 shell, -json', { atMost: 1.5 }),
    ...line('text', 'mdb_dump', 'mdb_dump', {}),
    ...line('text', 'cat', 'cat of the store', {}),
    figure({ work: 'scan to a file, text: memory', unit: 'MB', atMost: 80 }, [memoryOf(kmb, output)]),
  ];
}

function memoryOf(store, output) {
  const file = openSync(output, 'wx');
  const { memoryMaxBytes } = runCommand(store, ['scan', store], file);
  closeSync(file);
  rmSync(output);
  return memoryMaxBytes / 1e6;
}
