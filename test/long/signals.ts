/**
 * How soon a signal ends a busy replay: `npm run signals -- --moments 20 --puts 300000 --seed 1`. Needs the build.
 * Prints the milliseconds, sorted, and ends with exit code 1 when the store is not as it was, or when it took longer
 * than promised.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { hex } from '../support/bytes.js';
import { Random } from '../support/random.js';

const PROMISED_MS = 200;
const COMMAND = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

const { values } = parseArgs({
  options: {
    moments: { type: 'string', default: '20' },
    puts: { type: 'string', default: '300000' },
    seed: { type: 'string', default: '1' },
  },
});
const random = new Random(Number(values.seed));
const folder = mkdtempSync(join(tmpdir(), 'kmb-store-signals-'));
try {
  writeLog(Number(values.puts));
  const wholeMs = (await replay(Infinity)).endedAfterMs;
  rmSync(join(folder, 's.kmb'));
  const tookMs: number[] = [];
  while (tookMs.length < Number(values.moments)) {
    const { code, ms } = await replay(wholeMs * random.next());
    // Before the process listens to signals, the system ends it; towards the end of the log it may be done.
    if (code === 143) tookMs.push(Math.round(ms));
    const expected = code === 0 ? ['log', 's.kmb'] : ['log'];
    if (readdirSync(folder).join() !== expected.join()) throw new Error(`left: ${readdirSync(folder).join()}`);
    rmSync(join(folder, 's.kmb'), { force: true });
  }
  tookMs.sort((a, b) => a - b);
  console.log(JSON.stringify({ seed: random.seed, wholeMs: Math.round(wholeMs), tookMs }));
  if ((tookMs.at(-1) ?? 0) > PROMISED_MS) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** Puts with random keys, a batch each. */
function writeLog(puts: number): void {
  const log = openSync(join(folder, 'log'), 'w');
  const value = 'v'.repeat(100);
  for (let position = 1; position <= puts; position += 1) {
    const put = `{"op":"put","table":1,"keyHex":"${hex(random.bytes(16))}","value":"${value}"}`;
    writeSync(log, `{"position":${position},"ops":[${put}]}\n`);
  }
  closeSync(log);
}

/** Replays the log, and ends the process after a time. */
async function replay(afterMs: number): Promise<{ code: number | null; ms: number; endedAfterMs: number }> {
  const begin = performance.now();
  const child = spawn(process.execPath, [COMMAND, 'replay', 's.kmb', 'log'], { cwd: folder, stdio: 'ignore' });
  let signalledAt = begin;
  const timer = setTimeout(
    () => {
      signalledAt = performance.now();
      child.kill('SIGTERM');
    },
    Math.min(afterMs, 2 ** 31 - 1),
  );
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  const end = performance.now();
  return { code, ms: end - signalledAt, endedAfterMs: end - begin };
}
