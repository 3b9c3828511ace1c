/** Which processes run: what a lock file is compared with. */
import { execFileSync } from 'node:child_process';
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
/** A writer that waits for a lock asks often. */
const PS_TIMEOUT_MS = 2000;

/** What of the system is asked; a test says something else. */
export interface ProcessSources {
  /** Where Linux says what runs. */
  readonly proc?: string;
  /** State and start of a process, as `ps` prints them: `Ss Mon Jan 1 00:00:00 2024`. Throws when there is none. */
  readonly ps?: (pid: number) => string;
}

/** The processes of a machine, by `/proc` where there is one, else by `ps`, else by their pids alone. */
export function processTable({ proc = '/proc', ps = runPs }: ProcessSources = {}): ProcessTable {
  let self: ProcessFacts | undefined;
  const look = (pid: number): FoundProcess | undefined => (fs.existsSync(proc) ? statOf(proc, pid) : psOf(ps, pid));
  return {
    self() {
      return (self ??= {
        pid: process.pid,
        started: look(process.pid)?.started ?? null,
        namespace: namespaceOfSelf(proc),
        boot: tryTo(() => fs.readFileSync(`${proc}/sys/kernel/random/boot_id`, 'utf8').trim()) ?? null,
        host: os.hostname(),
      });
    },
    kernel() {
      return {
        kernelStart: numberIn(`${proc}/stat`, /^btime (\d+)$/m),
        uptime: numberIn(`${proc}/uptime`, /^(\d+(?:\.\d+)?) /),
      };
    },
    find(pid) {
      // Not by /proc alone, which may hide the processes of other users.
      if (!mayRun(pid)) return undefined;
      const found = look(pid);
      return found?.isOver === true ? undefined : { started: found?.started ?? null };
    },
  };
}

/** The processes of this machine. */
export const nodeProcesses: ProcessTable = processTable();

interface FoundProcess {
  readonly started: string | null;
  /** Over, and kept only until its parent has asked how it ended. */
  readonly isOver: boolean;
}

function mayRun(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** By its fields after the name. A /proc of another pid namespace speaks of other processes: it is not asked. */
function statOf(proc: string, pid: number): FoundProcess | undefined {
  return tryTo(() => {
    if (fs.readlinkSync(`${proc}/self`) !== process.pid.toString()) return undefined;
    const stat = fs.readFileSync(`${proc}/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { started: fields[STARTED] ?? null, isOver: fields[STATE] === 'Z' && Number(fields[THREADS]) <= 1 };
  });
}

/**
 * macOS and the BSDs have no /proc. Without a start time a lock would outlive a reboot: sooner or later its pid is that
 * of another process.
 */
function psOf(ps: (pid: number) => string, pid: number): FoundProcess | undefined {
  const [state = '', ...started] = (tryTo(() => ps(pid)) ?? '').trim().split(/\s+/);
  return started.length === 0 ? undefined : { started: started.join(' '), isOver: state.startsWith('Z') };
}

/** In words and a time zone that are the same for every process that asks. */
function runPs(pid: number): string {
  return execFileSync('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', pid.toString()], {
    env: { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: PS_TIMEOUT_MS,
  });
}

/** With the time namespace, where there is one: it shifts the start times of processes as they are seen inside. */
function namespaceOfSelf(proc: string): string | null {
  const pids = tryTo(() => fs.readlinkSync(`${proc}/self/ns/pid`));
  const time = tryTo(() => fs.readlinkSync(`${proc}/self/ns/time`));
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
