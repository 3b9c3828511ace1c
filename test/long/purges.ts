/**
 * One table, filled and purged, round after round: `npm run purges -- --rounds 1000 --rows 10000`. Prints the bytes of
 * the full file, and ends with exit code 1 when it grows after the second round.
 */
import { parseArgs } from 'node:util';
import { purgeRounds } from '../support/purge-rounds.js';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '1000' }, rows: { type: 'string', default: '10000' } },
});
const [rounds, rows] = [Number(values.rounds), Number(values.rows)];
const sizes = purgeRounds(rounds, rows);
const [bytesAtFirst, bytesLater] = [Math.max(...sizes.slice(0, 2)), Math.max(...sizes.slice(2))];
console.log(JSON.stringify({ rounds, rows, bytesAtFirst, bytesLater }));
if (bytesLater > bytesAtFirst) process.exitCode = 1;
