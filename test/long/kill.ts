/**
 * Many killed writers, then many readers beside others: `npm run kill -- --kills 200 --reads 200 --seed 1 --format 2`.
 * Needs the build. Ends with exit code 1 at the first violation.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FORMATS } from '../support/any-format.js';
import { KillHarness } from '../support/kill-harness.js';
import { ReaderHarness } from '../support/reader-harness.js';

const KILLS_PER_STORE = 40;
const READS_PER_STORE = 48;
const READS_PER_WRITER = 8;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    reads: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    format: { type: 'string', default: '2' },
  },
});
const seed = Number(values.seed);
const format = FORMATS.find((number) => `${number}` === values.format);
if (format === undefined) throw new Error(`there is no format ${values.format}`);
const begin = performance.now();
const killer = new KillHarness(seed, format);
const violations: string[] = [];

while (killer.report.kills < Number(values.kills) && violations.length === 0) {
  await inFolder(async (folder) => {
    await killer.run(folder, Math.min(KILLS_PER_STORE, Number(values.kills) - killer.report.kills));
    violations.push(...killer.report.violations);
  });
}
console.log(JSON.stringify({ seed, format, ...killer.report, seconds: secondsSince(begin) }));

const readers = { scans: 0, checks: 0, givenUp: 0, positions: 0 };
for (let reads = 0; reads < Number(values.reads) && violations.length === 0; reads += READS_PER_STORE) {
  await inFolder(async (folder) => {
    const harness = new ReaderHarness(folder, seed + reads, format);
    const report = await harness.run(READS_PER_STORE / READS_PER_WRITER, READS_PER_WRITER);
    for (const name of ['scans', 'checks', 'givenUp'] as const) readers[name] += report[name];
    readers.positions += report.positions.size;
    violations.push(...report.violations);
  });
}
console.log(JSON.stringify({ seed, format, ...readers, violations, seconds: secondsSince(begin) }));
process.exitCode = violations.length === 0 ? 0 : 1;

/** A folder that goes afterwards, unless something was found in it. */
async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kmb-store-kill-'));
  try {
    await work(folder);
  } finally {
    if (violations.length === 0) rmSync(folder, { recursive: true });
    else console.error(`the store is left in ${folder}`);
  }
}

function secondsSince(moment: number): number {
  return Math.round((performance.now() - moment) / 1000);
}
