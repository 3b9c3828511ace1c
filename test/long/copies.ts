/**
 * Many killed copies: `npm run kill-copies -- --kills 50 --seed 1`. Needs the build. Ends with exit code 1 at the first
 * violation.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CopyKillHarness } from '../support/copy-kill-harness.js';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '50' }, seed: { type: 'string', default: '1' } },
});
const seed = Number(values.seed);
const folder = mkdtempSync(join(tmpdir(), 'kmb-store-copies-'));
const report = await new CopyKillHarness(folder, seed).run(Number(values.kills));
console.log(JSON.stringify({ seed, ...report }));
if (report.violations.length === 0) rmSync(folder, { recursive: true });
else console.error(`the store is left in ${folder}`);
process.exitCode = report.violations.length === 0 ? 0 : 1;
