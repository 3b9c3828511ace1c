import { runCommand, runReplayCommand, runScenario } from '../../lib/child.js';
import { keyOf } from '../../lib/data.js';
import { removeFiles } from '../../lib/files.js';
import { makeLogFile } from '../../lib/log-file.js';
import { inTurn, medianRatio } from '../../lib/pairs.js';
import { tableLines } from '../logs.js';

/** Enough that what the engine compiles at first does not count. */
const OPENINGS = 3000;

/** Many tables with one row each: every command works, and a get costs hardly more than from a store with one table. */
export async function measure({ folder, operations, rounds }) {
  const tables = Math.ceil(operations / 10);
  const make = (count) => {
    const log = `${folder}tables-${count}.ndjson`;
    const path = `${folder}tables-${count}.store`;
    makeLogFile(log, () => tableLines(count));
    removeFiles(path);
    return { path, replay: runReplayCommand({ path, log, flags: ['--format', '2'] }) };
  };
  const { path, replay } = make(tables);
  const { path: onePath } = make(1);
  const index = Math.floor(tables / 2);
  const key = keyOf('random', index);
  const table = `${index + 1}`;

  const list = runCommand(path, ['tables', path, '--json']);
  const verify = runCommand(path, ['verify-pages', path]);
  const get = (store, row, id) => () => runCommand(store, ['get', store, keyOf('random', row), '--table', id]);
  const gets = await inTurn(rounds, { many: get(path, index, table), one: get(onePath, 0, '1') });
  const open = (store, row, id) => () =>
    runScenario({ scenario: 'open-get', path: store, table: id, key: keyOf('random', row), times: OPENINGS });
  const opens = await inTurn(rounds, { many: open(path, index, table), one: open(onePath, 0, '1') });
  const scan = runCommand(path, ['scan', path, '--table', table]);
  return [
    { what: `${tables} tables, CPU s of the replay`, value: replay.cpuSeconds },
    { what: `${tables} tables, MB of the replay`, value: replay.memoryMaxBytes / 1e6 },
    { what: `${tables} tables, CPU s of tables`, value: list.cpuSeconds },
    { what: `${tables} tables, CPU s of verify-pages`, value: verify.cpuSeconds },
    { what: 'tables that are not listed', value: tables - list.stdout.trimEnd().split('\n').length, atMost: 0 },
    { what: 'rows that scan lacks', value: scan.stdout.startsWith(key) ? 0 : 1, atMost: 0 },
    { what: 'CPU of a get by one table, command', value: medianRatio(gets.many, gets.one, 'cpuSeconds'), atMost: 1.3 },
    { what: 'CPU of open and get by one table', value: medianRatio(opens.many, opens.one, 'cpuSeconds'), atMost: 1.3 },
  ];
}
