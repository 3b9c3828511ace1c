/**
 * Imports of a large CSV file: `npm run imports -- --rows 5000000 --kills 3 --seed 1`. Needs the build. The time on the
 * processor is compared with that of a replay of the same rows, the memory with a limit, and a store whose import was
 * killed now and then, and run again, with one whose import was not. Ends with exit code 1 where one of them is not
 * as it should be.
 */
import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../commands/support/cli.js';
import { Random } from '../support/random.js';

const RATIO_MAX = 2.5;
const MEMORY_MAX_MIB = 300;
const ROWS_PER_BATCH = 1000;

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '5000000' },
    kills: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
  },
});
const rows = Number(values.rows);
const random = new Random(Number(values.seed));
const folder = mkdtempSync(join(tmpdir(), 'kmb-store-imports-'));
const inFolder = (name: string): string => join(folder, name);

interface Usage {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly memoryMiB: number;
}

/** A row: as the CSV has it, and as the log does. */
function rowOf(index: number): { readonly csv: string; readonly operation: string } {
  // Keys in an order of their own, as those of other people's tables are.
  const id = String((index * 7919) % (rows * 2)).padStart(9, '0');
  const [name, city, amount] = [`name ${index}`, `city, no. ${index % 977}`, String(index * 37)];
  const value = JSON.stringify(JSON.stringify({ name, city, amount }));
  return {
    csv: `${id},${name},"${city}",${amount}\n`,
    operation: `{"op":"put","table":1,"key":"${id}","value":${value}}`,
  };
}

/** Writes the rows twice: as a CSV file, and as a log with the same batches. */
async function writeInputs(): Promise<void> {
  const [csv, log] = [createWriteStream(inFolder('rows.csv')), createWriteStream(inFolder('log.ndjson'))];
  csv.write('id,name,city,amount\n');
  for (let first = 0, position = 1; first < rows; first += ROWS_PER_BATCH, position++) {
    const batch = Array.from({ length: Math.min(ROWS_PER_BATCH, rows - first) }, (_, index) => rowOf(first + index));
    csv.write(batch.map((row) => row.csv).join(''));
    const line = `{"position":${position},"ops":[${batch.map((row) => row.operation).join(',')}]}\n`;
    if (!log.write(line)) await once(log, 'drain');
    if (csv.writableNeedDrain) await once(csv, 'drain');
  }
  for (const file of [csv, log]) {
    file.end();
    await once(file, 'finish');
  }
}

/** Says at the end of a process what it took. */
const REPORTER = `data:text/javascript,import{writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync(process.env.USAGE_FILE,JSON.stringify(process.resourceUsage())))`;

function start(argv: readonly string[]) {
  const env = { ...process.env, USAGE_FILE: inFolder('usage.json') };
  const command = ['--import', REPORTER, join(repositoryRoot, 'bin/run.js'), ...argv];
  return spawn(process.execPath, command, { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] });
}

async function measure(...argv: readonly string[]): Promise<Usage> {
  const begin = performance.now();
  const [code] = (await once(start(argv), 'exit')) as [number];
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}`);
  const usage = JSON.parse(readFileSync(inFolder('usage.json'), 'utf8')) as NodeJS.ResourceUsage;
  return {
    cpuSeconds: (usage.userCPUTime + usage.systemCPUTime) / 1e6,
    wallSeconds: (performance.now() - begin) / 1000,
    memoryMiB: usage.maxRSS / 1024,
  };
}

const IMPORT = ['rows.csv', '--as', 'csv', '--key', 'id', '--table', '1', '--batch', String(ROWS_PER_BATCH)];

/** Kills the import at random moments, and lets it come to its end at last. Gives how many kills came in time. */
async function importKilled(kills: number, seconds: number): Promise<number> {
  let inTime = 0;
  for (let kill = 0; kill < kills; kill++) {
    const child = start(['import', 'killed.kmb', ...IMPORT]);
    const timer = setTimeout(() => child.kill('SIGKILL'), (0.2 + random.below(700) / 1000) * seconds * 1000);
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    clearTimeout(timer);
    if (signal === 'SIGKILL') inTime++;
  }
  await measure('import', 'killed.kmb', ...IMPORT);
  return inTime;
}

async function digest(name: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(inFolder(name))) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

const rounded = ({ cpuSeconds, wallSeconds, memoryMiB }: Usage) => ({
  cpuSeconds: Number(cpuSeconds.toFixed(2)),
  wallSeconds: Number(wallSeconds.toFixed(2)),
  memoryMiB: Math.round(memoryMiB),
});

try {
  await writeInputs();
  const replayed = await measure('replay', 'replayed.kmb', 'log.ndjson');
  const imported = await measure('import', 'imported.kmb', ...IMPORT);
  const killed = await importKilled(Number(values.kills), imported.wallSeconds);
  const whole = await digest('imported.kmb');
  const ratio = imported.cpuSeconds / replayed.cpuSeconds;
  const verdicts = {
    fastEnough: ratio <= RATIO_MAX,
    smallEnough: imported.memoryMiB <= MEMORY_MAX_MIB,
    sameAsReplayed: whole === (await digest('replayed.kmb')),
    sameAfterKills: whole === (await digest('killed.kmb')),
  };
  const figures = { replay: rounded(replayed), import: rounded(imported), ratio: Number(ratio.toFixed(2)), killed };
  console.log(JSON.stringify({ rows, seed: Number(values.seed), ...figures, ...verdicts }));
  process.exitCode = Object.values(verdicts).every(Boolean) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
