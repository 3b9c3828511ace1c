/** Backups of a store that a process of its own is just writing: each must be what the model is at its position. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { backup, BTreeStore, verify } from '../../src/engine/index.js';
import type { FormatNumber } from './any-format.js';
import { HistoryMaker } from './histories.js';
import { formatLog } from './log-lines.js';
import { expectSame } from './model-check.js';
import { type Batch, Model } from './model.js';
import { Random } from './random.js';

const WRITER = fileURLToPath(new URL('writer-child.js', import.meta.url));
const COMMAND = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
/** How many batches the command is given at once; it commits whenever its input pauses. */
const BATCHES_AT_ONCE = 5;
const BATCHES = 500;
/** Longer than a pause after which `replay --live` commits. */
const REPLAY_PAUSE_MS = 120;

export interface BackupReport {
  backups: number;
  /** Of them, those during which the writer committed. */
  overtaken: number;
  /** Beside the command `replay`, not a writer of the library. */
  besideReplay: number;
  readonly positions: Set<bigint>;
  readonly violations: string[];
}

export class BackupHarness {
  readonly report: BackupReport = { backups: 0, overtaken: 0, besideReplay: 0, positions: new Set(), violations: [] };
  readonly #random: Random;
  #batches: Batch[] = [];
  #round = 0;

  constructor(
    private readonly folder: string,
    seed: number,
    private readonly format: FormatNumber,
  ) {
    this.#random = new Random(seed);
  }

  /**
   * Makes so many backups, beside as many writers, one after the other, as it takes: every second is `replay`.
   *
   * @param besideOne at most so many of them are beside the same writer
   */
  async run(backups: number, besideOne: number): Promise<BackupReport> {
    const { report } = this;
    while (report.backups < backups && report.violations.length === 0)
      await this.#besideOneWriter(Math.min(backups, report.backups + besideOne));
    return this.report;
  }

  get #store(): string {
    return join(this.folder, `s${this.#round}.kmb`);
  }

  async #besideOneWriter(backups: number): Promise<void> {
    this.#round++;
    const maker = new HistoryMaker(this.#random, { tables: [1n, 2n, 1000n], operationsMax: 12, format: this.format });
    this.#batches = Array.from({ length: BATCHES }, () => maker.next());
    const log = join(this.folder, 'log');
    writeFileSync(log, formatLog(this.#batches));
    const writer = this.#isReplay ? this.#spawnReplay() : this.#spawnWriter(log);
    try {
      await this.#whileRunning(writer, backups);
    } finally {
      if (writer.exitCode === null) {
        const ended = once(writer, 'exit');
        writer.kill('SIGKILL');
        await ended;
      }
      rmSync(this.#store, { force: true });
      rmSync(`${this.#store}-lock`, { force: true });
      rmSync(`${this.#store}-journal`, { force: true });
    }
  }

  get #isReplay(): boolean {
    return this.#round % 2 === 1;
  }

  #spawnWriter(log: string): ChildProcess {
    return spawn(process.execPath, [WRITER, this.#store, log, `${this.format}`, '2']);
  }

  /** The command, which is given its log bit by bit. */
  #spawnReplay(): ChildProcess {
    const argv = ['replay', this.#store, '-', '--live', '--format', `${this.format}`];
    const writer = spawn(process.execPath, [COMMAND, ...argv]);
    void this.#feed(writer);
    return writer;
  }

  async #feed({ stdin, exitCode }: ChildProcess): Promise<void> {
    // A writer that was killed reads no more.
    stdin?.on('error', () => undefined);
    for (let sent = 0; sent < this.#batches.length && exitCode === null; sent += BATCHES_AT_ONCE) {
      if (stdin?.destroyed !== false) return;
      stdin.write(formatLog(this.#batches.slice(sent, sent + BATCHES_AT_ONCE)));
      await pause(REPLAY_PAUSE_MS);
    }
    stdin?.end();
  }

  async #whileRunning(writer: ChildProcess, backups: number): Promise<void> {
    writer.stdout?.resume();
    while (!existsSync(this.#store)) {
      if (writer.exitCode !== null) throw new Error(`the writer ended with ${writer.exitCode}`);
      await pause(5);
    }
    while (writer.exitCode === null && this.report.backups < backups && this.report.violations.length === 0) {
      this.#backUp();
      await pause(this.#random.below(40));
    }
  }

  #backUp(): void {
    const copy = join(this.folder, 'copy.kmb');
    try {
      const { appliedPosition } = backup(this.#store, copy, { force: true });
      this.#check(copy, appliedPosition);
      this.report.positions.add(appliedPosition);
      if (this.#positionOfStore() > appliedPosition) this.report.overtaken++;
    } catch (error) {
      this.report.violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    this.report.backups++;
    if (this.#isReplay) this.report.besideReplay++;
  }

  #check(copy: string, position: bigint): void {
    const { findings } = verify(copy, { strict: true });
    this.report.violations.push(...findings.map(({ message }) => message));
    const model = new Model(this.format);
    model.apply(...this.#batches.slice(0, Number(position)));
    const store = BTreeStore.open(copy, { readOnly: true });
    try {
      expectSame(store, model);
    } finally {
      store.close();
    }
  }

  #positionOfStore(): bigint {
    const store = BTreeStore.open(this.#store, { readOnly: true });
    const { appliedPosition } = store;
    store.close();
    return appliedPosition;
  }
}
