import { CliError } from './cli-error.js';
import { EXIT } from './exit-codes.js';

/** The signals that ask a process to end, and the exit codes that tell of them. */
const SIGNALS = { SIGHUP: EXIT.hangup, SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const;

const actions = new Set<() => void>();

/**
 * Has something done before a signal ends the process: a store closed, a file removed. It runs between two steps of the
 * running work, never inside of one. Returns how to call it off.
 */
export function beforeSignalEnds(action: () => void): () => void {
  actions.add(action);
  return () => void actions.delete(action);
}

let blockingReads = 0;

/**
 * Reads from what may block a thread, a named pipe or a device: an exit would wait for that thread, so that meanwhile a
 * signal ends the process in the system's own way. A shell sees the same exit code.
 */
export async function whileReadsBlock<R>(read: () => Promise<R>): Promise<R> {
  blockingReads += 1;
  try {
    return await read();
  } finally {
    blockingReads -= 1;
  }
}

/**
 * Lets signals end the process at once, whatever it waits for: what is to be done before is done, then `report` is
 * given an error that says which signal it was, and `exit` the code that it returns.
 */
export function endOnSignals(report: (error: CliError) => number, exit: (code: number) => void): void {
  for (const [signal, exitCode] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      for (const action of [...actions].reverse()) attempt(action);
      const code = report(new CliError('ENDED_BY_SIGNAL', exitCode, `ended by ${signal}`, { facts: { signal } }));
      if (blockingReads === 0) return void exit(code);
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    });
  }
}

/** What cannot be tidied up any more does not keep the process from ending: the next writer does it. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    return;
  }
}
