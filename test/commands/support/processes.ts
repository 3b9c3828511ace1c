/** Starts the real command, `bin/run.js`, as a process of its own. */
import { spawn, spawnSync, type ChildProcessWithoutNullStreams, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './cli.js';

const script = join(repositoryRoot, 'bin', 'run.js');

export interface ProcessOptions {
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** Says what to do when the project has not been built. */
export function requireBuild(): void {
  if (!existsSync(join(repositoryRoot, 'dist', 'main.cjs'))) {
    throw new Error('these tests run bin/run.js, which needs dist: npm run build');
  }
}

/** Runs the command to its end. */
export function runProcess(argv: readonly string[], options: ProcessOptions = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [script, ...argv], { ...spawnOptions(options), encoding: 'utf8' });
}

/** Starts the command and leaves its streams to the caller. */
export function startProcess(argv: readonly string[], options: ProcessOptions = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [script, ...argv], spawnOptions(options));
}

/** Runs a line of shell in which `kmb-store` is the command. */
export function runShell(line: string, options: ProcessOptions = {}): SpawnSyncReturns<string> {
  const define = `kmb-store() { "$NODE" "$SCRIPT" "$@"; }\n`;
  const env = { NODE: process.execPath, SCRIPT: script, ...options.env };
  return spawnSync('bash', ['-c', define + line], { ...spawnOptions({ ...options, env }), encoding: 'utf8' });
}

function spawnOptions({ cwd, input, env }: ProcessOptions): {
  cwd: string;
  env: NodeJS.ProcessEnv;
  input?: string | Uint8Array;
  maxBuffer: number;
} {
  return {
    cwd: cwd ?? repositoryRoot,
    env: cleanEnv(env),
    ...(input === undefined ? {} : { input }),
    maxBuffer: 2 ** 28,
  };
}

/** How a process has ended, and what it had said. */
export async function outcomeOf(child: ChildProcessWithoutNullStreams): Promise<{
  readonly code: number | null;
  readonly endedBy: string | null;
  readonly stdout: string;
  readonly stderr: string;
}> {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      output[name] += chunk.toString();
    });
  }
  const [code, endedBy] = (await once(child, 'close')) as [number | null, string | null];
  return { code, endedBy, ...output };
}

/** Waits until something is so. */
export async function until(isSo: () => boolean, patienceMs = 20_000): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`waited ${patienceMs} ms for ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The environment without what would change how a command looks or starts, and with what is given. */
export function cleanEnv(env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const clean = Object.entries(process.env).filter(
    ([name]) => !/^(NO_COLOR|FORCE_COLOR|NODE_ENV|NODE_OPTIONS)$/.test(name),
  );
  return { ...Object.fromEntries(clean), ...env };
}
