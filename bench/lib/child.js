/** Runs measurements as processes of their own: memory is what the process has had at most, and nothing is warm. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));

// Both would be paid for at the start of every process, and not by what is measured.
const env = { ...process.env, NODE_EXTRA_CA_CERTS: undefined, NODE_OPTIONS: undefined };

/** Runs a scenario. */
export function runScenario(task) {
  return JSON.parse(run([pathOf('../measure.js'), JSON.stringify(task)]));
}

/** Runs `kmb-store replay`, from its start to its end. */
export function runReplayCommand({ path, log, flags = [] }) {
  const { stdout, ...usage } = runCommand(path, ['replay', path, log, '--json', ...flags]);
  return { operations: JSON.parse(stdout).operations, ...usage };
}

/** Runs `kmb-store`, from its start to its end. `stdout` is a file to print to instead of keeping it. */
export function runCommand(path, args, stdout = 'pipe') {
  const usageFile = `${path}.usage`;
  const argv = ['--import', pathOf('report-usage.js'), pathOf('../../bin/run.js'), ...args];
  const begin = performance.now();
  const printed = run(argv, { BENCH_USAGE_FILE: usageFile }, stdout);
  const seconds = (performance.now() - begin) / 1000;
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(usageFile, 'utf8'));
  rmSync(usageFile);
  return {
    stdout: printed,
    seconds,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    memoryMaxBytes: maxRSS * 1024,
  };
}

function run(argv, moreEnv = {}, output = 'pipe') {
  const { error, status, signal, stdout, stderr } = spawnSync(process.execPath, argv, {
    env: { ...env, ...moreEnv },
    encoding: 'utf8',
    stdio: ['ignore', output, 'pipe'],
    maxBuffer: 2 ** 30,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${signal ?? status}: ${stderr}`);
  return stdout;
}
