/**
 * Many backups beside writers, of which every second is the command `replay`:
 * `npm run backups -- --backups 100 --seed 1 --format 2`. Needs the build. Ends with exit code 1 at the first
 * violation.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BackupHarness } from '../support/backup-harness.js';

/** Backups beside the same writer. */
const BESIDE_ONE = 10;

const { values } = parseArgs({
  options: {
    backups: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    format: { type: 'string', default: '2' },
  },
});
const seed = Number(values.seed);
const folder = mkdtempSync(join(tmpdir(), 'kmb-store-backups-'));
const harness = new BackupHarness(folder, seed, values.format === '1' ? 1 : 2);
const { positions, ...report } = await harness.run(Number(values.backups), BESIDE_ONE);
console.log(JSON.stringify({ seed, format: values.format, ...report, positions: positions.size }));
rmSync(folder, { recursive: true });
process.exitCode = report.violations.length === 0 ? 0 : 1;
