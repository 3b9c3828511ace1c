import { runScenario } from '../../lib/child.js';
import { removeFiles, sizeOf } from '../../lib/files.js';
import { makeLogFile } from '../../lib/log-file.js';
import { median } from '../../lib/median.js';
import { inTurn, medianRatio } from '../../lib/pairs.js';
import { HOT_KEY, hotKeyLines } from '../logs.js';

/** An update with its position and what else it has to say, without any structure around it. */
const VERSION_BYTES = 128;
const ROUNDS_MAX = 3;
const CHECKED_STEP = 1000;
/** A scan of one row takes too little to be measured. */
const SCANS = 2000;

/** One key that is updated again and again, a batch an update. */
export async function measure({ folder, operations: batches, rounds }) {
  const log = `${folder}hot-key-${batches}.ndjson`;
  const path = `${folder}hot-key.store`;
  makeLogFile(log, () => hotKeyLines(batches));
  const tenths = Array.from({ length: Math.min(rounds, ROUNDS_MAX) }, () => {
    removeFiles(path);
    return runScenario({ scenario: 'tenths', wholeProcess: true, log, path, format: 2, batches }).parts;
  });
  const byTenth = (tenth) => median(tenths.map((parts) => parts.at(-1) / parts[tenth]));

  const check = runScenario({ scenario: 'hot-key-positions', path, batches, step: CHECKED_STEP });
  const gets = [undefined, ...Array.from({ length: 100 }, (_, index) => Math.ceil(((index + 1) * batches) / 101))];
  const { counts } = runScenario({
    scenario: 'pages-read',
    path,
    gets: gets.map((at) => ({ table: 1, key: HOT_KEY, at })),
  });
  const [now, ...earlier] = counts.map(({ different }) => different);

  const scan = (at) => () => runScenario({ scenario: 'scan', store: 'kmb', path, at, times: SCANS });
  const scans = await inTurn(rounds, { now: scan(undefined), half: scan(batches / 2) });
  return [
    { what: 'hot key, CPU of the last tenth by the first', value: byTenth(0), atMost: 1.5 },
    { what: 'hot key, CPU of the last tenth by the second', value: byTenth(1), atMost: 1.5 },
    { what: `hot key, wrong values at ${check.operations} positions`, value: check.wrong, atMost: 0 },
    { what: 'hot key, bytes a version', value: sizeOf(path) / batches, atMost: 1.15 * VERSION_BYTES },
    { what: 'hot key, pages of a get', value: now, atMost: 4 },
    { what: 'hot key, pages of a get --at, the most of 100', value: Math.max(...earlier), atMost: 8 },
    { what: 'hot key, CPU of a scan halfway by one now', value: medianRatio(scans.half, scans.now, 'cpuSeconds') },
  ];
}
