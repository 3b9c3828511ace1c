/** Asks about stores in several processes, each about one at a time. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { beforeSignalEnds } from '../signals.js';
import type { Answer } from './worker.js';

/** Why a process gave no answer. */
export type NoAnswer = { readonly ended: string } | { readonly timeoutMs: number };

export interface Answered {
  readonly store: string;
  readonly answer: Answer | NoAnswer;
  readonly seconds: number;
}

export interface PoolOptions {
  /** Folder of the package. */
  readonly root: string;
  readonly jobs: number;
  readonly timeoutMs: number | undefined;
  /** What is run for a store: the arguments of the program. */
  readonly argvOf: (store: string) => readonly string[];
}

/** Gives the answers as they come. When it is left, or a signal ends this process, the others end as well. */
export async function* askEach(stores: readonly string[], options: PoolOptions): AsyncGenerator<Answered, void> {
  const workers = Array.from({ length: Math.min(options.jobs, stores.length) }, () => new Worker(options));
  const running = new Map<Worker, Promise<readonly [Worker, Answered]>>();
  const queue = stores.values();
  const begin = (worker: Worker): void => {
    const next = queue.next();
    if (next.done !== true) {
      running.set(
        worker,
        worker.ask(next.value).then((answered) => [worker, answered]),
      );
    }
  };
  const endAll = (): void => {
    for (const worker of workers) worker.end();
  };
  const forget = beforeSignalEnds(endAll);
  try {
    for (const worker of workers) begin(worker);
    while (running.size > 0) {
      const [worker, answered] = await Promise.race(running.values());
      running.delete(worker);
      begin(worker);
      yield answered;
    }
  } finally {
    forget();
    endAll();
  }
}

/** One of the processes; another takes its place when it has ended. */
class Worker {
  #child: ChildProcess | undefined;

  constructor(private readonly options: PoolOptions) {}

  async ask(store: string): Promise<Answered> {
    // The first thing that a process says is that it is there: how long that takes is nothing of the store's.
    const trouble = this.#child === undefined ? noAnswerIn(await this.#told(() => undefined, undefined)) : undefined;
    const begin = process.hrtime.bigint();
    const argv = this.options.argvOf(store);
    const answer = trouble ?? (await this.#told((child) => child.send(argv), this.options.timeoutMs));
    return { store, answer: answer as Answer | NoAnswer, seconds: Number(process.hrtime.bigint() - begin) / 1e9 };
  }

  end(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  /** What the process says next after something was done; one that ends, or takes too long, is given up. */
  #told(act: (child: ChildProcess) => unknown, timeoutMs: number | undefined): Promise<unknown> {
    const child = (this.#child ??= this.#start());
    return new Promise((resolve) => {
      const settle = (told: unknown): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        // An error of a process that has been given up is nobody's.
        child.on('error', () => undefined);
        if (noAnswerIn(told) !== undefined) this.end();
        resolve(told);
      };
      const timer =
        timeoutMs === undefined ? undefined : setTimeout(() => void settle({ timeoutMs }), Math.ceil(timeoutMs));
      child.on('message', settle);
      child.on('exit', (code, signal) => void settle({ ended: signal ?? `exit code ${code}` }));
      child.on('error', (error) => void settle({ ended: error.message }));
      act(child);
    });
  }

  #start(): ChildProcess {
    return fork(join(this.options.root, 'bin', 'worker.js'), {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
  }
}

function noAnswerIn(told: unknown): NoAnswer | undefined {
  const isNone = typeof told === 'object' && told !== null && ('ended' in told || 'timeoutMs' in told);
  return isNone ? (told as NoAnswer) : undefined;
}
