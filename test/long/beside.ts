/**
 * Scans and a follower beside a writer that commits as fast as the disk syncs: `npm run beside -- --seconds 60`. With
 * `--commits 1000000` the writer makes so many commits alone: it says how large the journal and the process were, which
 * must not grow with their number. Needs the build. Ends with exit code 1 at the first violation.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BesideHarness } from '../support/beside-harness.js';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, commits: { type: 'string' } } });
const folder = mkdtempSync(join(tmpdir(), 'kmb-store-beside-'));
const begin = performance.now();
const harness = new BesideHarness(join(folder, 's.kmb'));
const { commits } = values;
const { positions, ...report } = await (commits === undefined
  ? harness.run(Number(values.seconds))
  : harness.runAlone(Number(commits)));
const seconds = Math.round((performance.now() - begin) / 1000);
console.log(JSON.stringify({ ...report, positions: positions.size, seconds }));
process.exitCode = report.violations.length === 0 ? 0 : 1;
rmSync(folder, { recursive: true });
