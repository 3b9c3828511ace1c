/**
 * Kills copies of a store at random moments, beside readers and a writer that waits: what is left is the old store or
 * the new one, whole, and the writer goes on with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BTreeStore, verify, WriteBatch } from '../../src/engine/index.js';
import { Random } from './random.js';

const COMMAND = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const ROWS = 12_000;
const ROWS_PER_BATCH = 100;
/** A copy of a store of this size takes about so long, the start of its process included. */
const COPY_MS = 900;

const COPIES = [['upgrade'], ['compact'], ['compact', '--format', '2'], ['compact', '--format', '1']] as const;

export interface CopyKillReport {
  kills: number;
  /** Of them, those that came before the copy was done, and those that left a temporary file. */
  struck: number;
  unfinished: number;
  /** Of the stores that were left, those that the copy has replaced. */
  replaced: number;
  reads: number;
  /** Writers that waited. */
  writes: number;
  readonly violations: string[];
}

export class CopyKillHarness {
  readonly report: CopyKillReport = {
    kills: 0,
    struck: 0,
    unfinished: 0,
    replaced: 0,
    reads: 0,
    writes: 0,
    violations: [],
  };
  readonly #random: Random;
  readonly #store: string;
  readonly #original: Buffer;
  /** What the store holds: its rows now, and at a position in the middle. */
  readonly #content: string;

  constructor(
    private readonly folder: string,
    seed: number,
  ) {
    this.#random = new Random(seed);
    this.#store = join(folder, 's.kmb');
    this.#original = makeStore(join(folder, 'original.kmb'), this.#random);
    rmSync(join(folder, 'original.kmb'));
    writeFileSync(this.#store, this.#original);
    this.#content = this.#read();
  }

  async run(kills: number): Promise<CopyKillReport> {
    for (let kill = 0; kill < kills && this.report.violations.length === 0; kill += 1) await this.#kill();
    return this.report;
  }

  async #kill(): Promise<void> {
    writeFileSync(this.#store, this.#original);
    const [name, ...flags] = this.#random.pick(COPIES);
    const copy = start([name, this.#store, ...flags]);
    const copied = once(copy, 'close');
    const writer = this.#random.chance(0.5) ? start(['put', this.#store, 'zzz', 'late', '--table', '1']) : undefined;
    const written = writer && once(writer, 'close');
    const moment = performance.now() + COPY_MS * this.#random.next();
    while (performance.now() < moment && copy.exitCode === null) {
      if (this.#random.chance(0.2)) this.#look();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.report.kills += 1;
    if (copy.exitCode === null) this.report.struck += 1;
    copy.kill('SIGKILL');
    await copied;
    if (copy.exitCode !== null && copy.exitCode !== 0) this.#violation(`a copy ended with ${copy.exitCode}`);
    this.#look();
    await written;
    if (readdirSync(this.folder).some((file) => file.includes('-new-'))) this.report.unfinished += 1;
    this.#tidyUp(writer);
  }

  /** A reader sees the store as it was, whichever file it is. */
  #look(): void {
    this.report.reads += 1;
    if (this.#read() !== this.#content) this.#violation('a reader sees another store');
  }

  /** The next writer finds one store, whole, and leaves nothing beside it. */
  #tidyUp(writer: ChildProcess | undefined): void {
    const store = BTreeStore.open(this.#store, { lockTimeoutMs: 0 });
    const late = store.get(1n, 'zzz');
    store.close();
    if (writer !== undefined) this.report.writes += 1;
    if (writer !== undefined && (writer.exitCode !== 0 || late === undefined)) this.#violation('a write was lost');
    const files = readdirSync(this.folder);
    if (files.length !== 1 || !existsSync(this.#store)) this.#violation(`left behind: ${files.join(' ')}`);
    const { ok, findings, bytes } = verify(this.#store, { strict: true });
    if (!ok) this.#violation(`the store is not whole: ${findings[0]?.message}`);
    if (bytes !== this.#original.length) this.report.replaced += 1;
  }

  #read(): string {
    const store = BTreeStore.open(this.#store, { readOnly: true, cachePages: 64 });
    try {
      const middle = BigInt(ROWS / ROWS_PER_BATCH / 2);
      return store
        .scanAt(1n, {}, 1e6, middle)
        .map(({ key, value }) => `${Buffer.from(key).toString()} ${Buffer.from(value).toString()}`)
        .join('\n');
    } finally {
      store.close();
    }
  }

  #violation(text: string): void {
    this.report.violations.push(text);
  }
}

function start(argv: readonly string[]): ChildProcess {
  return spawn(process.execPath, [COMMAND, ...argv], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Makes a store of format 1 whose pages are half full, and gives its bytes. */
function makeStore(path: string, random: Random): Buffer {
  const store = BTreeStore.open(path, { create: true, format: 1 });
  for (let position = 1; position <= ROWS / ROWS_PER_BATCH; position += 1) {
    const batch = new WriteBatch(BigInt(position));
    for (let row = 0; row < ROWS_PER_BATCH; row += 1) batch.put(1n, `key/${random.below(ROWS)}`, `value ${position}`);
    store.apply(batch);
  }
  store.sync();
  store.close();
  return readFileSync(path);
}
