/**
 * A writer that commits as fast as the disk syncs, and beside it, as processes of their own, one scan after the other
 * and somebody who follows it. What batch n puts is known (`rate-writer.js`): every scan must be some commit, whole,
 * and every batch that is followed what was committed, in its order.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { BTreeStore } from '../../src/engine/index.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const COMMAND = join(root, 'bin', 'run.js');
const WRITER = join(root, 'test', 'support', 'rate-writer.js');

const ROWS = 4;
const SHARED_KEY = 'changed by all';
/** How long a follower may take to tell of the last commit. */
const FOLLOWS_MS = 20_000;

export interface BesideReport {
  scans: number;
  /** Positions that the scans saw, all different. */
  readonly positions: Set<number>;
  /** The last position that the follower told of. */
  followed: number;
  /** The commits of the writer, bytes of its journal and its memory at most. */
  written: { position: number; journalBytes: number; memory: number };
  readonly violations: string[];
}

interface Operation {
  readonly op: string;
  readonly key: string;
  readonly value: string;
}

export class BesideHarness {
  readonly report: BesideReport = {
    scans: 0,
    positions: new Set(),
    followed: 0,
    written: { position: 0, journalBytes: 0, memory: 0 },
    violations: [],
  };
  /** What the writer has said that it has committed. */
  #committed = 0;

  constructor(private readonly store: string) {}

  /** Lets the writer make its commits with nobody beside it. */
  async runAlone(commits: number): Promise<BesideReport> {
    await this.#listen(this.#start(Number.MAX_SAFE_INTEGER, commits));
    return this.report;
  }

  async run(seconds: number, commits = Number.MAX_SAFE_INTEGER): Promise<BesideReport> {
    const writer = this.#start(seconds, commits);
    const ended = this.#listen(writer);
    while (!existsSync(this.store) && isRunning(writer)) await pause(2);
    const follower = this.#follow();
    while (isRunning(writer) && this.report.violations.length === 0) await this.#scan();
    await ended;
    await this.#scan();
    await this.#endFollower(follower);
    return this.report;
  }

  #start(seconds: number, commits: number): ChildProcess {
    const argv = [WRITER, this.store, `${commits}`, `${seconds}`];
    return spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  async #listen(writer: ChildProcess): Promise<void> {
    const closed = once(writer, 'close');
    for await (const line of createInterface({ input: writer.stdout as NodeJS.ReadableStream })) {
      if (line.startsWith('{')) this.report.written = JSON.parse(line) as BesideReport['written'];
      else this.#committed = Number(line);
    }
    const [code] = (await closed) as [number | null];
    if (code !== 0) this.#violation(`the writer ended with ${code}`);
    this.#committed = this.report.written.position;
  }

  #follow(): ChildProcess {
    const follower = spawn(process.execPath, [COMMAND, 'changes', this.store, '--follow'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    createInterface({ input: follower.stdout }).on('line', (line) => {
      this.#checkBatch(JSON.parse(line) as { position: number; ops: readonly Operation[] });
    });
    return follower;
  }

  #checkBatch({ position, ops }: { position: number; ops: readonly Operation[] }): void {
    if (position !== this.report.followed + 1)
      this.#violation(`position ${position} is told of after ${this.report.followed}`);
    this.report.followed = position;
    const isWhole =
      ops.length === ROWS + 1 &&
      ops.every(({ op, key, value }) => op === 'put' && value === `${position}` && isOf(key, position));
    if (!isWhole) this.#violation(`position ${position} is told of as ${JSON.stringify(ops)}`);
  }

  async #endFollower(follower: ChildProcess): Promise<void> {
    const closed = once(follower, 'close');
    const end = performance.now() + FOLLOWS_MS;
    while (this.report.followed < this.#committed && isRunning(follower) && performance.now() < end) await pause(20);
    if (this.report.followed !== this.#committed)
      this.#violation(`followed to ${this.report.followed} of ${this.#committed}`);
    follower.kill('SIGTERM');
    await closed;
  }

  async #scan(): Promise<void> {
    const least = this.#committed;
    const child = spawn(process.execPath, [COMMAND, 'scan', this.store, '--all-tables', '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(child, 'close');
    const counts = new Map<number, number>();
    let shared = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const { key, value } = JSON.parse(line) as Operation;
      if (key === SHARED_KEY) shared = Number(value);
      else if (isOf(key, Number(value))) counts.set(Number(value), (counts.get(Number(value)) ?? 0) + 1);
      else this.#violation(`a scan saw ${line}`);
    }
    const [code] = (await closed) as [number | null];
    this.report.scans += 1;
    if (code !== 0) return void this.#violation(`a scan ended with ${code}`);
    this.report.positions.add(shared);
    const most = this.#applied();
    if (shared < least || shared > most) this.#violation(`a scan saw ${shared}, between ${least} and ${most}`);
    if (counts.size !== shared) this.#violation(`a scan as of ${shared} saw ${counts.size} batches`);
    for (const [position, rows] of counts) {
      if (rows !== ROWS || position > shared) this.#violation(`a scan as of ${shared} saw ${rows} rows of ${position}`);
    }
  }

  #applied(): number {
    const store = BTreeStore.open(this.store, { readOnly: true });
    const { appliedPosition } = store;
    store.close();
    return Number(appliedPosition);
  }

  #violation(text: string): void {
    this.report.violations.push(text);
  }
}

const isOf = (key: string, position: number): boolean => key === SHARED_KEY || key.split('/')[1] === `${position}`;

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
