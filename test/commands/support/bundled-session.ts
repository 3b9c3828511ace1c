/** Runs the steps of a session by the bundled command line. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './cli.js';
import { cleanEnv, outcomeOf, startProcess } from './processes.js';
import type { SessionStep } from './session.js';
import { withTempFolder } from './temp-folder.js';

/** Without a language, as in the same steps inside of a process. */
const ENV = { LC_ALL: 'C' };
const CHILD = fileURLToPath(new URL('bundle-child.js', import.meta.url));

/** What a process appends to a file, step by step. */
class AppendedFile {
  readonly #path: string;
  readonly descriptor: number;
  #length = 0;

  constructor(path: string) {
    this.#path = path;
    this.descriptor = openSync(path, 'a');
  }

  /** What came since this was last asked. */
  more(): Buffer {
    const bytes = readFileSync(this.#path).subarray(this.#length);
    this.#length += bytes.length;
    return bytes;
  }
}

/** Gives `work` a function that runs one step after another in one process, whose folder is `cwd`. */
export async function withBundledSteps<T>(
  cwd: string,
  work: (run: (step: SessionStep) => Promise<Outcome>) => Promise<T>,
): Promise<T> {
  return withTempFolder(async (outputs) => {
    const stdout = new AppendedFile(join(outputs, 'stdout'));
    const stderr = new AppendedFile(join(outputs, 'stderr'));
    const stdio = ['ignore', stdout.descriptor, stderr.descriptor, 'ipc'] as const;
    const child = fork(CHILD, { cwd, env: cleanEnv(ENV), execArgv: [], stdio: [...stdio] });
    const ended = once(child, 'exit');
    try {
      return await work(async (step) => {
        if (step.argv.includes('-')) return runAlone(step, cwd);
        const code = await codeOf(child, step);
        const bytes = stdout.more();
        return { code, stdout: bytes.toString(), stdoutBytes: bytes, stderr: stderr.more().toString() };
      });
    } finally {
      if (child.connected) child.disconnect();
      await ended;
      closeSync(stdout.descriptor);
      closeSync(stderr.descriptor);
    }
  });
}

/** Standard input is looked at before it is read, so that only that of a process of its own will do. */
async function runAlone({ argv, stdin }: SessionStep, cwd: string): Promise<Outcome> {
  const child = startProcess(argv, { cwd, env: ENV });
  // It may end before it has read anything.
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const { code, stdout, stderr } = await outcomeOf(child);
  return { code: code ?? -1, stdout, stdoutBytes: Buffer.from(stdout), stderr };
}

async function codeOf(child: ChildProcess, step: SessionStep): Promise<number> {
  const ended = new AbortController();
  const { signal } = ended;
  child.send(step.argv);
  try {
    const [code] = (await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(([status]) => {
        throw new Error(`the process of the session ended with ${String(status)} at ${step.argv.join(' ')}`);
      }),
    ])) as [number];
    return code;
  } finally {
    ended.abort();
  }
}
