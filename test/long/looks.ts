/**
 * Looks at a large store with each command that shows all of it: how much memory and time they take beside
 * verify-pages, which runs in turn with them.
 *
 *     npm run looks -- [--megabytes N] [--store FILE] [--rounds N]
 *
 * A store of 10 GB (the default) takes about a quarter of an hour to make; with --store one that is there is used.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../commands/support/cli.js';
import { type Usage, usageOf } from '../commands/support/usage.js';

const MEMORY_MAX = 150;
const TIME_MAX = 1.5;
const OPS_PER_BATCH = 1000;
/** Bytes that a row takes in the file, about. */
const ROW_BYTES = 175;

/** Rows that come in order, and one in five that changes an older one. */
function batchLine(position: number): string {
  const first = (position - 1) * OPS_PER_BATCH;
  const ops = Array.from({ length: OPS_PER_BATCH }, (_, index) => {
    const row = index % 5 === 4 ? Math.floor(((first + index) * 0.618) % (first + 1)) : first + index;
    const value = 'v'.repeat(40 + ((row * 7919) % 120));
    return `{"op":"put","table":${1 + (index % 3)},"key":"row:${row.toString().padStart(12, '0')}","value":"${value}"}`;
  });
  return `{"position":${position},"ops":[${ops.join(',')}]}\n`;
}

async function makeStore(store: string, megabytes: number): Promise<void> {
  const run = join(repositoryRoot, 'bin', 'run.js');
  const child = spawn(process.execPath, [run, 'replay', store, '-'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const batches = Math.ceil((megabytes * 1e6) / ROW_BYTES / OPS_PER_BATCH);
  for (let position = 1; position <= batches; position++) {
    if (!child.stdin.write(batchLine(position))) await once(child.stdin, 'drain');
  }
  child.stdin.end();
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`replay ended with ${code}`);
}

/** Runs the commands in turn, so that what else the machine does is shared by all. */
async function measure(commands: readonly (readonly string[])[], rounds: number): Promise<Usage[][]> {
  const usages: Usage[][] = commands.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, argv] of commands.entries()) usages[index]?.push(await usageOf(argv));
  }
  return usages;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

/** Prints what a command took; whether that is within the limits. */
function tell(name: string, usages: readonly Usage[], verified: readonly Usage[]): boolean {
  const ratio = (of: (usage: Usage) => number): number =>
    median(usages.map((usage, round) => of(usage) / of(verified[round] as Usage)));
  const [cpu, wall] = [ratio(({ cpuSeconds }) => cpuSeconds), ratio(({ wallSeconds }) => wallSeconds)];
  const seconds = median(usages.map(({ cpuSeconds }) => cpuSeconds));
  const megabytes = Math.max(...usages.map((usage) => usage.megabytes));
  const times = `${cpu.toFixed(2)} times the processor time, ${wall.toFixed(2)} times by the clock`;
  console.log(`${name.padEnd(12)}  ${seconds.toFixed(2)} s of processor, ${times}, ${megabytes.toFixed(0)} MB`);
  return megabytes <= MEMORY_MAX && cpu <= TIME_MAX;
}

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '10000' },
    store: { type: 'string' },
    rounds: { type: 'string', default: '3' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'kmb-store-looks-'));
try {
  const store = values.store ?? join(folder, 'large.kmb');
  if (values.store === undefined) await makeStore(store, Number(values.megabytes));
  console.log(`${store}: ${Math.round(statSync(store).size / 1e6)} MB`);
  const output = join(folder, 'report.html');
  const commands = [
    ['verify-pages', store],
    ['map', store],
    ['stat', store],
    ['report', store, '--output', output, '--force'],
  ];
  const usages = await measure(commands, Number(values.rounds));
  const results = usages.map((each, index) => tell(commands[index]?.[0] ?? '', each, usages[0] ?? []));
  console.log(`report: ${Math.round(statSync(output).size / 1000)} KB`);
  if (results.includes(false)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
