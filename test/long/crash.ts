/**
 * Many crash points: `npm run crash -- --points 100000 --seed 1 --format 2`; without a format half of them are of each.
 * One third of them are losses of power at every change that batches make to the disk, one third at every change that
 * replays make whose groups do not fit into memory, and one third follows disk operations that fail. Ends with exit
 * code 1 at the first violation; the same seed finds it again.
 */
import { parseArgs } from 'node:util';
import { type FormatNumber, FORMATS } from '../support/any-format.js';
import { CrashHarness, type CrashOptions, type CrashReport } from '../support/crash-harness.js';

const POINTS_PER_TURN = 3000;
const KINDS = ['batches', 'replays', 'faults'] as const;
/** Many ways in which a crash falls out at few moments, or one at many moments. */
const CHOICES = [3, 1] as const;

const { values } = parseArgs({
  options: {
    points: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    format: { type: 'string' },
  },
});
const points = Number(values.points);
const seed = Number(values.seed);
const formats: readonly FormatNumber[] = FORMATS.filter((format) => `${format}` === (values.format ?? `${format}`));
if (formats.length === 0) throw new Error(`there is no format ${values.format}`);

const total = {
  ...{ points: 0, repairPoints: 0, damagedPoints: 0, segmentPoints: 0, checkpointPoints: 0, images: 0 },
  ...{ histories: 0, commits: 0, sortFiles: 0, faults: 0, rollbacks: 0, followed: 0 },
};
const features = new Set<string>();
const begin = performance.now();
for (let turn = 0; total.points < points; turn += 1) {
  const { options, kind } = optionsOf(turn);
  const report = new CrashHarness(options).run();
  add(report);
  console.error(`${total.points} crash points, ${((performance.now() - begin) / 1000).toFixed(0)} s`);
  if (report.violations.length === 0) continue;
  console.log(`seed ${options.seed}, ${kind}, format ${options.format}: ${report.violations.join('; ')}`);
  process.exitCode = 1;
  break;
}
const seconds = Math.round((performance.now() - begin) / 1000);
console.log(JSON.stringify({ seed, formats, ...total, features: [...features].sort(), seconds }));

function optionsOf(turn: number): { options: CrashOptions; kind: (typeof KINDS)[number] } {
  const kind = KINDS[turn % KINDS.length] as (typeof KINDS)[number];
  const round = Math.floor(turn / KINDS.length);
  const options: CrashOptions = {
    seed: seed * 1_000_000 + turn,
    points: Math.min(POINTS_PER_TURN, points - total.points),
    format: formats[round % formats.length] as FormatNumber,
    choices: CHOICES[Math.floor(round / formats.length) % CHOICES.length] as number,
    replays: kind === 'replays',
    faults: kind === 'faults',
    follows: round % 2 === 1,
  };
  return { options, kind };
}

function add(report: CrashReport): void {
  for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += report[name];
  for (const feature of report.features) features.add(feature);
}
