// What asynchronous iteration costs beside the synchronous cursor, and how late a timer of 10 ms is meanwhile:
// node bench/async.js STORE [TABLE] [ROUNDS]. Pairs of runs in turn, CPU time of the process.
import { clearInterval, setInterval } from 'node:timers';
import { BTreeStore } from '../dist/engine/index.js';

const [file, table = '1', rounds = '7'] = process.argv.slice(2);
if (file === undefined) throw new Error('which store? node bench/async.js STORE [TABLE] [ROUNDS]');

const store = BTreeStore.open(file, { readOnly: true });

function synchronous() {
  let rows = 0;
  for (const row of store.cursor(BigInt(table))) rows += row.key.length > 0 ? 1 : 0;
  return rows;
}

async function asynchronous() {
  let rows = 0;
  for await (const row of store.cursor(BigInt(table))) rows += row.key.length > 0 ? 1 : 0;
  return rows;
}

/** Runs once; gives milliseconds of CPU time. */
async function cpuOf(run) {
  const before = process.cpuUsage();
  const rows = await run();
  const { user, system } = process.cpuUsage(before);
  return { rows, cpu: (user + system) / 1e3 };
}

/** By how many milliseconds a timer is late, at most, and how often it has run. */
async function lateness(run) {
  let late = 0;
  let ticks = 0;
  let due = performance.now() + 10;
  const timer = setInterval(() => {
    late = Math.max(late, performance.now() - due);
    ticks++;
    due = performance.now() + 10;
  }, 10);
  await run();
  clearInterval(timer);
  return { late, ticks };
}

const middle = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

const ratios = [];
const costs = { synchronous: [], asynchronous: [] };
for (let round = 0; round <= Number(rounds); round++) {
  const one = await cpuOf(synchronous);
  const other = await cpuOf(asynchronous);
  if (one.rows !== other.rows) throw new Error(`${one.rows} rows, and ${other.rows}`);
  // The first round warms up.
  if (round === 0) continue;
  costs.synchronous.push(one.cpu);
  costs.asynchronous.push(other.cpu);
  ratios.push(other.cpu / one.cpu);
}
const { late, ticks } = await lateness(asynchronous);
console.log(`synchronous   ${middle(costs.synchronous).toFixed(0)} ms`);
console.log(`asynchronous  ${middle(costs.asynchronous).toFixed(0)} ms, ${middle(ratios).toFixed(2)} times`);
console.log(`timer of 10 ms: ${ticks} times, late by at most ${late.toFixed(1)} ms`);
store.close();
