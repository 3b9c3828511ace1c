/**
 * Looks at a large store with each command that shows all of it: how much memory and processor time they take beside
 * verify-pages.
 *
 *     npm run looks -- [--megabytes N] [--store FILE]
 *
 * A store of 10 GB (the default) takes about a quarter of an hour to make; with --store one that is there is used.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const run = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const REPORTING =
  'import{writeFileSync}from"node:fs";process.on("exit",()=>writeFileSync(3,JSON.stringify(process.resourceUsage())))';

const MEMORY_MAX = 150;
const TIME_MAX = 1.5;
const OPS_PER_BATCH = 1000;
/** Bytes that a row takes in the file, about. */
const ROW_BYTES = 130;

interface Usage {
  readonly megabytes: number;
  readonly seconds: number;
}

/** Runs a command, and says what it took. */
async function measure(argv: readonly string[]): Promise<Usage> {
  const child = spawn(process.execPath, ['--import', `data:text/javascript,${REPORTING}`, run, ...argv], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  let text = '';
  child.stdio[3]?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}`);
  const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(text) as NodeJS.ResourceUsage;
  return { megabytes: maxRSS / 1024, seconds: (userCPUTime + systemCPUTime) / 1e6 };
}

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
  const child = spawn(process.execPath, [run, 'replay', store, '-'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const batches = Math.ceil((megabytes * 1e6) / ROW_BYTES / OPS_PER_BATCH);
  for (let position = 1; position <= batches; position++) {
    if (!child.stdin.write(batchLine(position))) await once(child.stdin, 'drain');
  }
  child.stdin.end();
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`replay ended with ${code}`);
}

const { values } = parseArgs({ options: { megabytes: { type: 'string' }, store: { type: 'string' } } });
const folder = mkdtempSync(join(tmpdir(), 'kmb-store-looks-'));
try {
  const store = values.store ?? join(folder, 'large.kmb');
  if (values.store === undefined) await makeStore(store, Number(values.megabytes ?? 10_000));
  console.log(`${store}: ${Math.round(statSync(store).size / 1e6)} MB`);
  const verified = await measure(['verify-pages', store]);
  const commands = [
    ['map', store],
    ['stat', store],
    ['report', store, '--output', join(folder, 'report.html')],
  ];
  console.log(`verify-pages  ${verified.seconds.toFixed(2)} s of processor, ${verified.megabytes.toFixed(0)} MB`);
  for (const argv of commands) {
    const { seconds, megabytes } = await measure(argv);
    const ratio = seconds / verified.seconds;
    const isWithin = megabytes <= MEMORY_MAX && ratio <= TIME_MAX;
    console.log(
      `${argv[0]?.padEnd(12)}  ${seconds.toFixed(2)} s, ${ratio.toFixed(2)} times, ${megabytes.toFixed(0)} MB`,
    );
    if (!isWithin) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
