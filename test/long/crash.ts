/**
 * Many crash points: `npm run crash -- --points 100000 --seed 1 --format 2`. One third of them are losses of power at
 * every change that batches make to the disk, one third at every change that replays make whose groups do not fit
 * into memory, and one third follows disk operations that fail. Ends with exit code 1 at the first violation; the
 * same seed finds it again.
 */
import { parseArgs } from 'node:util';
import { FORMATS } from '../support/any-format.js';
import { CrashHarness, type CrashReport } from '../support/crash-harness.js';

const POINTS_PER_TURN = 3000;

const { values } = parseArgs({
  options: {
    points: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    format: { type: 'string', default: '2' },
  },
});
const points = Number(values.points);
const seed = Number(values.seed);
const format = FORMATS.find((number) => String(number) === values.format);
if (format === undefined) throw new Error(`no such format: ${values.format}`);

const total = { points: 0, repairPoints: 0, images: 0, histories: 0, commits: 0, sortFiles: 0, faults: 0 };
const begin = performance.now();
for (let turn = 0; total.points < points; turn += 1) {
  const replays = turn % 3 === 1;
  const faults = turn % 3 === 2;
  const turnSeed = seed * 1_000_000 + turn;
  const report = new CrashHarness({
    seed: turnSeed,
    format,
    points: Math.min(POINTS_PER_TURN, points - total.points),
    replays,
    faults,
  }).run();
  add(report);
  console.error(`${total.points} crash points, ${((performance.now() - begin) / 1000).toFixed(0)} s`);
  if (report.violations.length === 0) continue;
  console.log(
    `seed ${turnSeed}${faults ? ', with faults' : replays ? ', with replays' : ''}: ${report.violations.join('; ')}`,
  );
  process.exitCode = 1;
  break;
}
console.log(JSON.stringify({ seed, format, ...total, seconds: Math.round((performance.now() - begin) / 1000) }));

function add(report: CrashReport): void {
  for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += report[name];
}
