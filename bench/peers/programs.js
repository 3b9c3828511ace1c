/** Other programs of the machine, each as a whole process. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
// Both would be paid for at the start of every process of Node, and not by what is measured.
const env = { ...process.env, NODE_EXTRA_CA_CERTS: undefined, NODE_OPTIONS: undefined };

/** Whether a program is installed. */
export function isInstalled(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/**
 * Runs a program and gives the wall time from start to end.
 *
 * @param output a file to be made for what it prints, and removed afterwards: one that is there is never touched.
 *   Without it what is printed is dropped
 */
export function timeProgram(program, args, output) {
  if (output === undefined) return timeRun(program, args, 'ignore');
  const file = openSync(output, 'wx');
  try {
    return timeRun(program, args, file);
  } finally {
    closeSync(file);
    rmSync(output);
  }
}

function timeRun(program, args, output) {
  const begin = performance.now();
  const { error, status, stderr } = spawnSync(program, args, { env, stdio: ['ignore', output, 'pipe'] });
  const seconds = (performance.now() - begin) / 1000;
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return { seconds };
}

/** Runs `kmb-store` so. */
export function timeCommand(args, output) {
  return timeProgram(process.execPath, [command, ...args], output);
}
