/**
 * Kills real writers at random moments and looks at what they leave. The operating system keeps what was written, so
 * that this shows what a loss of power does not: that a lock is taken over, a journal played, and nothing left behind,
 * by real processes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BTreeStore, StoreError } from '../../src/engine/index.js';
import { type FormatNumber, structureProblems } from './any-format.js';
import { hex, utf8 } from './bytes.js';
import { type Content, contentOf, contentsAfterEach, rowsOf, versionsIn } from './crash-contents.js';
import { CrashHistory } from './crash-history.js';
import { formatLog } from './log-lines.js';
import { type Batch, Model, type Operation } from './model.js';
import { Random } from './random.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const COMMAND = join(root, 'bin', 'run.js');
const WRITER = join(root, 'test', 'support', 'writer-child.js');

const BATCHES = 120;
/** So many at most of a commit that a history makes: a log of one hot key's batches would be about nothing else. */
const PER_COMMIT = 8;
const writerFlags = (format: FormatNumber): string[] => [
  ...['--cache', '128KiB', '--lock-timeout', '0', '--format', `${format}`],
];

export interface KillReport {
  kills: number;
  /** Of the killed, `put` commands, and replays and programs that write batch after batch. */
  puts: number;
  others: number;
  /** Of them, those that came before the writer was done. */
  struck: number;
  /** Of them, those that left a journal. */
  journals: number;
  reads: number;
  readonly violations: string[];
}

/** The operation of a batch that `put` can make. */
type Put = Extract<Operation, { kind: 'put' }>;

/** A log, half of whose batches are single puts, and what a store holds after each of its batches. */
class Scene {
  readonly contents: Content[] = [];
  /** By its position, what a batch puts that does nothing else. */
  readonly puts = new Map<number, Put>();

  constructor(
    readonly folder: string,
    random: Random,
    readonly format: FormatNumber,
  ) {
    const model = new Model(format);
    this.contents.push(contentOf(model));
    const batches: Batch[] = [];
    while (batches.length < BATCHES) {
      const position = model.appliedPosition + 1n;
      const put = putOf(random, batches.length, format);
      const next = random.chance(0.5)
        ? [{ position, operations: [put] }]
        : new CrashHistory(random, 'rows', model.clone(), format !== 1).nextCommit().slice(0, PER_COMMIT);
      if (next.length === 1 && next[0]?.operations[0] === put) this.puts.set(Number(position), put);
      this.contents.push(...contentsAfterEach(model, next));
      batches.push(...next);
    }
    writeFileSync(this.log, formatLog(batches.slice(0, BATCHES)));
  }

  get store(): string {
    return join(this.folder, 's.kmb');
  }

  get log(): string {
    return join(this.folder, 'log');
  }
}

export class KillHarness {
  readonly report: KillReport = { kills: 0, puts: 0, others: 0, struck: 0, journals: 0, reads: 0, violations: [] };
  readonly #random: Random;

  /** @param format of the stores */
  constructor(
    seed: number,
    private readonly format: FormatNumber = 1,
  ) {
    this.#random = new Random(seed);
  }

  /** Kills writers of one store in a folder of its own until its log is applied, or `killsMax` were killed. */
  async run(folder: string, killsMax: number): Promise<KillReport> {
    const scene = new Scene(folder, this.#random, this.format);
    let position = 0;
    for (let kill = 0; kill < killsMax && position < BATCHES && this.report.violations.length === 0; kill += 1) {
      const writer = this.#start(scene, position);
      const committed = await this.#kill(scene, writer);
      position = this.#look(scene, Math.max(position, committed));
    }
    return this.report;
  }

  #start(scene: Scene, position: number): ChildProcess {
    const put = scene.puts.get(position + 1);
    const argv = put !== undefined && this.#random.chance(0.8) ? putArgv(scene, put) : this.#writeArgv(scene, position);
    this.report[argv.includes('put') ? 'puts' : 'others'] += 1;
    return spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  #writeArgv({ store, log, puts, format }: Scene, position: number): string[] {
    if (this.#random.chance(0.5)) return [WRITER, store, log, `${format}`];
    // Up to where a put can go on.
    let to = position + this.#random.between(1, 5);
    while (to < BATCHES && !puts.has(to + 1)) to += 1;
    return [COMMAND, 'replay', store, log, '--to', `${Math.min(to, BATCHES)}`, ...writerFlags(format)];
  }

  /** Some time after a writer has begun. Gives the last position that it said was committed. */
  async #kill(scene: Scene, writer: ChildProcess): Promise<number> {
    let said = '';
    writer.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const closed = once(writer, 'close');
    while (!existsSync(`${scene.store}-lock`) && writer.exitCode === null) await pause(1);
    if (this.#random.chance(0.4)) await this.#readFor(200 * this.#random.next(), scene);
    else await journalOrEnd(scene, writer, 4 * this.#random.next() ** 2);
    this.report.kills += 1;
    if (writer.exitCode === null) this.report.struck += 1;
    writer.kill('SIGKILL');
    await closed;
    if (writer.exitCode !== null && writer.exitCode !== 0) this.#violation(`a writer ended with ${writer.exitCode}`);
    return Number(/(\d+)\n$/.exec(said)?.[1] ?? 0);
  }

  async #readFor(ms: number, scene: Scene): Promise<void> {
    const moment = performance.now() + ms;
    while (performance.now() < moment) {
      if (existsSync(scene.store) && this.#random.chance(0.3)) this.#readBeside(scene);
      await pause(0);
    }
  }

  /** As `#read`; a table may be purged meanwhile. */
  #readBeside(scene: Scene): void {
    try {
      this.#read(scene);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'SNAPSHOT_GONE') throw error;
      this.report.reads += 1;
    }
  }

  /** What a reader sees beside the writer is some commit, whole. */
  #read(scene: Scene): number {
    const store = BTreeStore.open(scene.store, { readOnly: true, cachePages: 32 });
    const position = Number(store.appliedPosition);
    const text = rowsOf(store);
    store.close();
    this.report.reads += 1;
    if (text !== scene.contents[position]?.rows) this.#violation(`a reader sees other rows than those of ${position}`);
    return position;
  }

  /** After a kill; gives the position. */
  #look(scene: Scene, committed: number): number {
    if (existsSync(`${scene.store}-journal`)) this.report.journals += 1;
    const seen = existsSync(scene.store) ? this.#read(scene) : 0;
    const begin = performance.now();
    const store = BTreeStore.open(scene.store, {
      create: true,
      cachePages: 32,
      lockTimeoutMs: 0,
      format: this.format,
    });
    const position = Number(store.appliedPosition);
    store.close();
    if (performance.now() - begin > 2000) this.#violation('taking over took more than 2 s');
    if (seen !== position) this.#violation(`a reader saw position ${seen}, a writer found ${position}`);
    if (position < committed) this.#violation(`position ${position} is left of ${committed}`);
    const expected = existsSync(scene.store) ? ['log', 's.kmb'] : ['log'];
    if (readdirSync(scene.folder).sort().join() !== expected.join())
      this.#violation(`left: ${readdirSync(scene.folder).join()}`);
    if (expected.length === 2) this.#checkFile(readFileSync(scene.store), scene.contents[position]);
    return position;
  }

  #checkFile(bytes: Buffer, content: Content | undefined): void {
    const [problem] = structureProblems(bytes);
    if (problem !== undefined) this.#violation(JSON.stringify(problem));
    else if (versionsIn(bytes) !== content?.versions)
      this.#violation(`other versions than those of ${content?.position}`);
  }

  #violation(text: string): void {
    this.report.violations.push(`kill ${this.report.kills}: ${text}`);
  }
}

/** Waits for a commit to be in its middle, and this many milliseconds more; or for the end of the writer. */
async function journalOrEnd({ store }: Scene, writer: ChildProcess, ms: number): Promise<void> {
  while (writer.exitCode === null) {
    // A commit is over before a timer fires.
    const moment = performance.now() + 20;
    while (performance.now() < moment) {
      if (!existsSync(`${store}-journal`)) continue;
      const end = performance.now() + ms;
      while (performance.now() < end);
      return;
    }
    await pause(0);
  }
}

/** A key of its own for each, so that its versions fit. */
const putOf = (random: Random, index: number, format: FormatNumber): Put => ({
  kind: 'put',
  table: 1n,
  key: utf8(`put/${index}`),
  value: random.bytes(random.between(1, format === 1 ? 1000 : 5000)),
});

const putArgv = ({ store, format }: Scene, { table, key, value }: Put): string[] => [
  ...[COMMAND, 'put', store, hex(key), hex(value), '--key-hex', '--value-hex', '--table', `${table}`],
  ...writerFlags(format),
];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
