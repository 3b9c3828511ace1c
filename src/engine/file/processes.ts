/** Which processes run: what a lock file is compared with. */
import fs from 'node:fs';
import os from 'node:os';

/** What tells a process from every other one, running or gone. `null` is what the system does not tell. */
export interface ProcessFacts {
  readonly pid: number;
  /** When it started, in a count of the system's own. */
  readonly started: string | null;
  /** Where its pid means something: the same number is another process elsewhere. */
  readonly namespace: string | null;
  /** The start of the machine that it runs in. */
  readonly boot: string | null;
  readonly host: string;
}

/** Since when the kernel runs, in seconds. `null` is what the system does not tell. */
export interface KernelFacts {
  /** When it started, in seconds since 1970: it moves when the clock is set. */
  readonly kernelStart: number | null;
  /** For how long it runs now: no clock that is set moves this. */
  readonly uptime: number | null;
}

/** The processes of the machine, as far as a lock needs them: so few that a double can stand in for it in tests. */
export interface ProcessTable {
  self(): ProcessFacts;
  /** The kernel as of now: asked again every time. */
  kernel(): KernelFacts;
  /** The process that has a pid now, seen from here; `undefined` only where it is certain that none runs under it. */
  find(pid: number): Pick<ProcessFacts, 'started'> | undefined;
}

/** Of `/proc/PID/stat`, counted from the state, which follows the name in parentheses. */
const STATE = 0;
const THREADS = 17;
const STARTED = 19;

let self: ProcessFacts | undefined;

/** The processes of this machine, by `/proc` where there is one, else by their pids alone. */
export const nodeProcesses: ProcessTable = {
  self() {
    return (self ??= {
      pid: process.pid,
      started: statOf(process.pid)?.[STARTED] ?? null,
      namespace: namespaceOfSelf(),
      boot: tryTo(() => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) ?? null,
      host: os.hostname(),
    });
  },
  kernel() {
    return {
      kernelStart: numberIn('/proc/stat', /^btime (\d+)$/m),
      uptime: numberIn('/proc/uptime', /^(\d+(?:\.\d+)?) /),
    };
  },
  find(pid) {
    // Not by /proc alone, which may hide the processes of other users.
    if (!mayRun(pid)) return undefined;
    const stat = statOf(pid);
    // Over, and kept only until its parent has asked how it ended.
    if (stat?.[STATE] === 'Z' && Number(stat[THREADS]) <= 1) return undefined;
    return { started: stat?.[STARTED] ?? null };
  },
};

function mayRun(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** The fields after the name. A /proc of another pid namespace speaks of other processes: it is not asked. */
function statOf(pid: number): string[] | undefined {
  return tryTo(() => {
    if (fs.readlinkSync('/proc/self') !== process.pid.toString()) return undefined;
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  });
}

/** With the time namespace, where there is one: it shifts the start times of processes as they are seen inside. */
function namespaceOfSelf(): string | null {
  const pids = tryTo(() => fs.readlinkSync('/proc/self/ns/pid'));
  const time = tryTo(() => fs.readlinkSync('/proc/self/ns/time'));
  return pids === undefined ? null : [pids, time ?? []].flat().join(' ');
}

function numberIn(file: string, pattern: RegExp): number | null {
  const digits = tryTo(() => pattern.exec(fs.readFileSync(file, 'utf8'))?.[1]);
  return digits === undefined ? null : Number(digits);
}

function tryTo<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
