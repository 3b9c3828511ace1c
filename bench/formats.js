/** Holds format 2 to what it is to cost, beside format 1 and other stores; see README.md. */
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const GATES = ['load', 'hot-key', 'skewed', 'large-values', 'many-tables'];
const USAGE = `usage: npm run formats -- [--ops N] [--rounds N] [--only ${GATES.join('|')}]...`;
const folder = fileURLToPath(new URL('work/', import.meta.url));

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        ops: { type: 'string', default: '1000000' },
        rounds: { type: 'string', default: '10' },
        only: { type: 'string', multiple: true, default: GATES },
      },
    });
    const operations = Number(values.ops);
    const rounds = Number(values.rounds);
    const unknown = values.only.find((name) => !GATES.includes(name));
    if (unknown !== undefined) throw new Error(`nothing is named ${unknown}`);
    if (!(operations >= 1000 && operations % 1000 === 0)) throw new Error('--ops must be a multiple of 1000');
    if (!(Number.isSafeInteger(rounds) && rounds > 0)) throw new Error('--rounds must be 1 or more');
    return { operations, rounds, only: values.only };
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    return process.exit(2);
  }
}

function formatRow({ what, value, atMost, atLeast }) {
  const shown = Number.isInteger(value) ? `${value}` : value.toFixed(2);
  const limit = atMost !== undefined ? `at most ${atMost}` : atLeast !== undefined ? `at least ${atLeast}` : '';
  const met = limit === '' ? '' : value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity) ? 'met' : 'MISSED';
  return `${what.padEnd(58)}${shown.padStart(10)}  ${limit.padEnd(16)}${met}`.trimEnd();
}

const { only, ...options } = readOptions();
if (!existsSync(new URL('../dist/engine/index.js', import.meta.url))) {
  console.error('kmb-store is not built: run npm install one folder up');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
for (const name of GATES.filter((gate) => only.includes(gate))) {
  const { measure } = await import(`./formats/gates/${name}.js`);
  for (const row of await measure({ folder, ...options })) console.log(formatRow(row));
}
