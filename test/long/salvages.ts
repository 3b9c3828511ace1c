/**
 * Many damaged stores, salvaged: `npm run salvages -- --stores 50 --seed 1`. Ends with exit code 1 when anything was
 * not saved that could have been, or was saved that never was there. Prints what share of the versions was saved, by
 * the share of the pages that were damaged.
 */
import { parseArgs } from 'node:util';
import { FORMATS } from '../support/any-format.js';
import { Random } from '../support/random.js';
import { runTrial, storeToDamage, type Trial } from '../support/salvage-trial.js';

const TRIALS_PER_STORE = 8;
/** Shares of damaged pages, in percent, that are told apart. */
const BANDS = [0, 2, 5, 10, 20, 40, 100];

const { values } = parseArgs({
  options: { stores: { type: 'string', default: '50' }, seed: { type: 'string', default: '1' } },
});
const seed = Number(values.seed);
const trials: Trial[] = [];
let problems = 0;
for (let store = seed; store < seed + Number(values.stores); store += 1) {
  for (const format of FORMATS) {
    const sound = storeToDamage(store, format);
    const random = new Random(store);
    for (let count = 0; count < TRIALS_PER_STORE; count += 1) {
      const trial = runTrial(sound, random);
      trials.push(trial);
      if (trial.problems.length === 0) continue;
      problems += 1;
      console.error(`store ${store}, format ${format}, trial ${count}: ${trial.what}`, trial.problems.slice(0, 3));
    }
  }
}
for (const [index, to] of BANDS.entries()) {
  if (index === 0) continue;
  const from = BANDS[index - 1] ?? 0;
  const inBand = trials.filter(({ pagesDamaged, pages }) => {
    const share = (100 * pagesDamaged) / pages;
    return share > from && share <= to;
  });
  const saved = inBand.reduce((sum, trial) => sum + trial.saved, 0);
  const all = inBand.reduce((sum, trial) => sum + trial.versions, 0);
  const damaged = inBand.reduce((sum, trial) => sum + trial.pagesDamaged, 0);
  const pages = inBand.reduce((sum, trial) => sum + trial.pages, 0);
  const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
  if (inBand.length > 0)
    console.log(
      `${inBand.length} damages of ${percent(damaged, pages)} of the pages: ${percent(saved, all)} of the versions saved`,
    );
}
console.log(JSON.stringify({ seed, trials: trials.length, problems }));
process.exitCode = problems === 0 ? 0 : 1;
