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
  const usageFile = `${path}.usage`;
  const argv = ['--import', pathOf('report-usage.js'), pathOf('../../bin/run.js')];
  const begin = performance.now();
  const stdout = run([...argv, 'replay', path, log, '--json', ...flags], { BENCH_USAGE_FILE: usageFile });
  const seconds = (performance.now() - begin) / 1000;
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(usageFile, 'utf8'));
  rmSync(usageFile);
  return {
    operations: JSON.parse(stdout).operations,
    seconds,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    memoryMaxBytes: maxRSS * 1024,
  };
}

function run(argv, moreEnv = {}) {
  const { error, status, signal, stdout, stderr } = spawnSync(process.execPath, argv, {
    env: { ...env, ...moreEnv },
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${signal ?? status}: ${stderr}`);
  return stdout;
}
