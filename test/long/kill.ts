/** Many killed writers: `npm run kill -- --kills 200 --seed 1`. Needs the build. Ends with exit code 1 at the first violation. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { KillHarness } from '../support/kill-harness.js';

const KILLS_A_STORE = 40;

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const harness = new KillHarness(Number(values.seed));
const { report } = harness;
const isClean = (): boolean => report.violations.length === 0;

while (report.kills < Number(values.kills) && isClean()) {
  const folder = mkdtempSync(join(tmpdir(), 'kmb-store-kill-'));
  try {
    await harness.run(folder, Math.min(KILLS_A_STORE, Number(values.kills) - report.kills));
  } finally {
    if (isClean()) rmSync(folder, { recursive: true });
    else console.error(`the store is left in ${folder}`);
  }
}
console.log(JSON.stringify(report));
process.exitCode = isClean() ? 0 : 1;
