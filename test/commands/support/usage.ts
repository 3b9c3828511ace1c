/** What a command takes, as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { repositoryRoot } from './cli.js';

/** Says at the end of a process what it took. */
const REPORTER =
  'import{writeFileSync}from"node:fs";process.on("exit",()=>writeFileSync(3,JSON.stringify(process.resourceUsage())))';

export interface Usage {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** The most memory that it had at once. */
  readonly megabytes: number;
}

/** Runs a command to its end; what it prints is dropped. @throws Error where it fails */
export async function usageOf(argv: readonly string[]): Promise<Usage> {
  const begin = performance.now();
  const script = join(repositoryRoot, 'bin', 'run.js');
  const child = spawn(process.execPath, ['--import', `data:text/javascript,${REPORTER}`, script, ...argv], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  let text = '';
  child.stdio[3]?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  const wallSeconds = (performance.now() - begin) / 1000;
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}`);
  const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(text) as NodeJS.ResourceUsage;
  return { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, wallSeconds, megabytes: maxRSS / 1024 };
}
