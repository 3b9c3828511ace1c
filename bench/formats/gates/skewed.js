import { runReplayCommand, runScenario } from '../../lib/child.js';
import { OPERATIONS_PER_BATCH } from '../../lib/data.js';
import { removeFiles, sizeOf } from '../../lib/files.js';
import { makeLogFile } from '../../lib/log-file.js';
import { inTurn, medianOf, medianRatio } from '../../lib/pairs.js';
import { evenLines, skewedLines, skewedRowLines } from '../logs.js';

const SCANS = 5;
/** Commits of some 7,000 operations instead of one for nearly all: far more sweeps and splits. */
const SMALL_GROUP_BYTES = 2 ** 20;
const ROWS_MAX = 1.5;

/** Updates by Zipf's law beside even ones, and what they leave beside the same rows loaded densely. */
export async function measure({ folder, operations, rounds }) {
  const logOf = (name, lines) => {
    const log = `${folder}${name}-${operations}.ndjson`;
    makeLogFile(log, () => lines(operations));
    return log;
  };
  const logs = {
    skewed: logOf('skewed', skewedLines),
    even: logOf('even', evenLines),
    dense: logOf('skewed-rows', skewedRowLines),
  };
  const pathOf = (name) => `${folder}${name}.store`;
  const replay = (name) => () => {
    removeFiles(pathOf(name));
    return runReplayCommand({ path: pathOf(name), log: logs[name], flags: ['--format', '2'] });
  };
  const replays = await inTurn(rounds, { skewed: replay('skewed'), even: replay('even') });
  replay('dense')();
  removeFiles(pathOf('skewed-small'));
  runScenario({
    scenario: 'replay',
    log: logs.skewed,
    path: pathOf('skewed-small'),
    format: 2,
    groupBytes: SMALL_GROUP_BYTES,
  });

  const last = Math.ceil(operations / OPERATIONS_PER_BATCH);
  const scan = (name, at) => () =>
    runScenario({ scenario: 'scan', store: 'kmb', path: pathOf(name), at, times: SCANS });
  const scans = await inTurn(rounds, {
    dense: scan('dense'),
    skewed: scan('skewed'),
    small: scan('skewed-small'),
    tenth: scan('skewed', Math.ceil(last / 10)),
    half: scan('skewed', Math.ceil(last / 2)),
    smallHalf: scan('skewed-small', Math.ceil(last / 2)),
  });
  const digests = new Set([...scans.dense, ...scans.skewed, ...scans.small].map(({ digest }) => digest));
  const byNow = (name, now) => medianRatio(scans[name], scans[now], 'cpuSeconds');
  return [
    { what: 'Zipf, CPU s of the replay', value: medianOf(replays.skewed, 'cpuSeconds') },
    {
      what: 'Zipf, rate of the replay by that of even updates, CPU',
      value: medianRatio(replays.even, replays.skewed, 'cpuSeconds'),
      atLeast: 0.7,
    },
    { what: 'Zipf, bytes a version', value: sizeOf(pathOf('skewed')) / operations },
    { what: 'Zipf, bytes a version, small groups', value: sizeOf(pathOf('skewed-small')) / operations },
    { what: 'Zipf, stores with other rows', value: digests.size - 1, atMost: 0 },
    { what: 'Zipf, CPU of a scan by that of a dense store', value: byNow('skewed', 'dense'), atMost: ROWS_MAX },
    { what: 'the same, small groups', value: byNow('small', 'dense'), atMost: ROWS_MAX },
    { what: 'Zipf, CPU of a scan after a tenth by one now', value: byNow('tenth', 'skewed'), atMost: 10 },
    { what: 'Zipf, CPU of a scan halfway by one now', value: byNow('half', 'skewed'), atMost: 10 },
    { what: 'the same, small groups', value: byNow('smallHalf', 'small'), atMost: 10 },
  ];
}
