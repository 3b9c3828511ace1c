/**
 * Commands that read, as processes of their own, beside a process that commits batch after batch and is killed in
 * between. Each batch puts rows that nothing else does, all with its position as their value: what a reader prints
 * tells as of which commit it is.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BTreeStore } from '../../src/engine/index.js';
import type { FormatNumber } from './any-format.js';
import { utf8 } from './bytes.js';
import { formatLine } from './log-lines.js';
import type { Operation } from './model.js';
import { Random } from './random.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const COMMAND = join(root, 'bin', 'run.js');
const WRITER = join(root, 'test', 'support', 'writer-child.js');

const BATCHES = 6000;
const ROWS_PER_BATCH = 4;
/** Milliseconds between two commits: a check of a store that is always being changed does not come to its end. */
const PAUSES = [0, 20, 1000];

const SOUND = 0;
const CHANGING = 5;

export interface ReaderReport {
  scans: number;
  /** Checks that came to an end, and found nothing. */
  checks: number;
  /** Checks that gave up, because the store was changed too often. */
  givenUp: number;
  /** Positions that the scans saw, all different. */
  readonly positions: Set<number>;
  readonly violations: string[];
}

export class ReaderHarness {
  readonly report: ReaderReport = { scans: 0, checks: 0, givenUp: 0, positions: new Set(), violations: [] };
  readonly #random: Random;
  #committed = 0;

  constructor(
    private readonly folder: string,
    seed: number,
    /** Of the store. */
    private readonly format: FormatNumber = 1,
  ) {
    this.#random = new Random(seed);
    writeFileSync(this.#log, logText(this.#random));
  }

  get #store(): string {
    return join(this.folder, 's.kmb');
  }

  get #log(): string {
    return join(this.folder, 'log');
  }

  /** Kills this many writers, after `readsAWriter` reads each. */
  async run(writers: number, readsAWriter: number): Promise<ReaderReport> {
    for (let count = 0; count < writers && this.report.violations.length === 0; count += 1) {
      const writer = this.#startWriter(PAUSES[count % PAUSES.length] ?? 0);
      const closed = once(writer, 'close');
      while (!existsSync(this.#store) && isRunning(writer)) await pause(2);
      for (let read = 0; read < readsAWriter; read += 1) await this.#read();
      if (!isRunning(writer)) this.#violation('the log of the writer is too short');
      writer.kill('SIGKILL');
      await closed;
      // Over what is left: nobody writes, so that a check must come to its end.
      await this.#check(false);
      await this.#scan();
    }
    return this.report;
  }

  #startWriter(pauseMs: number): ChildProcess {
    const argv = [WRITER, this.#store, this.#log, `${this.format}`, `${pauseMs}`];
    const writer = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    writer.stdout.on('data', (chunk: Buffer) => {
      this.#committed = Number(/(\d+)\n$/.exec(chunk.toString())?.[1] ?? this.#committed);
    });
    return writer;
  }

  #read(): Promise<void> {
    if (this.#random.chance(0.4)) return this.#check(true);
    return this.#scan(this.#random.chance(0.5) && this.#committed > 0 ? this.#committed : undefined);
  }

  /** @param at the position to ask for; undefined: as of the last commit */
  async #scan(at?: number): Promise<void> {
    const least = at ?? this.#committed;
    const flags = at === undefined ? [] : ['--at', `${at}`];
    const { code, output } = await run('scan', this.#store, '--all-tables', '--json', ...flags);
    this.report.scans += 1;
    if (code !== 0) return void this.#violation(`a scan ended with ${code}: ${output}`);
    const rows = output.split('\n').filter((line) => line !== '');
    const position = rows.length / ROWS_PER_BATCH;
    this.report.positions.add(position);
    const most = at ?? this.#applied();
    if (position < least || position > most)
      this.#violation(`a scan saw ${rows.length} rows, between ${least} and ${most}`);
    const counts = new Map<string, number>();
    for (const line of rows) {
      const { key, value } = JSON.parse(line) as { key: string; value: string };
      if (!key.endsWith(`/${value}`)) this.#violation(`a scan saw ${line}`);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    for (let batch = 1; batch <= position; batch += 1) {
      if (counts.get(`${batch}`) !== ROWS_PER_BATCH) this.#violation(`a scan saw half of batch ${batch}`);
    }
  }

  /** The position of the store now. */
  #applied(): number {
    const store = BTreeStore.open(this.#store, { readOnly: true });
    try {
      return Number(store.appliedPosition);
    } finally {
      store.close();
    }
  }

  async #check(mayGiveUp: boolean): Promise<void> {
    const { code, output } = await run('verify-pages', this.#store, '--json');
    if (code === SOUND) this.report.checks += 1;
    else if (code === CHANGING && mayGiveUp) this.report.givenUp += 1;
    else this.#violation(`verify-pages ended with ${code}: ${output}`);
  }

  #violation(text: string): void {
    this.report.violations.push(text);
  }
}

/** Rows all over two tables, so that a commit changes pages in many places. */
function logText(random: Random): string {
  const lines = Array.from({ length: BATCHES }, (_, index) => {
    const position = BigInt(index + 1);
    const operations = Array.from({ length: ROWS_PER_BATCH }, (_, row): Operation => {
      const key = utf8(`${random.below(1e6).toString().padStart(6, '0')}/${row}/${position}`);
      return { kind: 'put', table: BigInt(1 + (row % 2)), key, value: utf8(`${position}`) };
    });
    return `${formatLine({ position, operations })}\n`;
  });
  return lines.join('');
}

async function run(...argv: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [COMMAND, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
