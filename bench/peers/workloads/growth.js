/** A load, a scan and a check of ten times as many records: only when it is named, as it needs 4 GB of disk. */
import { runCommand, runReplayCommand } from '../../lib/child.js';
import { figure } from '../../lib/comparison.js';
import { removeFiles } from '../../lib/files.js';
import { Fixtures } from '../fixtures.js';

const TIMES = 10;

export function measure({ fixtures }) {
  const small = measureOne(fixtures);
  const large = measureOne(new Fixtures(fixtures.folder, fixtures.operations * TIMES));
  const byRecord = (what) => [large[what].seconds / small[what].seconds / TIMES];
  const memory = [large.replay.memoryMaxBytes / small.replay.memoryMaxBytes];
  return [
    figure({ work: `replay of ${TIMES} × the records: time a record`, unit: '×', atMost: 1.3 }, byRecord('replay')),
    figure({ work: `replay of ${TIMES} × the records: memory`, unit: '×', atMost: 1.3 }, memory),
    figure({ work: `count of all rows of ${TIMES} × the records: time a record`, unit: '×' }, byRecord('scan')),
    figure({ work: `verify-pages of ${TIMES} × the records: time a record`, unit: '×' }, byRecord('verify')),
  ];
}

function measureOne(fixtures) {
  const path = fixtures.pathOf('growth');
  removeFiles(path);
  const replay = runReplayCommand({ path, log: fixtures.log('random') });
  const scan = runCommand(path, ['count', path, '--prefix', '']);
  const verify = runCommand(path, ['verify-pages', path]);
  removeFiles(path);
  return { replay, scan, verify };
}
