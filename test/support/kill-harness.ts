/**
 * Kills real writers at random moments and looks at what they leave. The operating system keeps what was written, so that this shows
 * what a loss of power does not: that a lock is taken over, a journal played, and nothing left behind, by real processes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BTreeStore } from '../../src/engine/index.js';
import { hex } from './bytes.js';
import { type Content, contentOf, nextCommit, rowText, textOf, versionsIn } from './crash-history.js';
import { HistoryMaker } from './histories.js';
import { formatLog } from './log-lines.js';
import { Random } from './random.js';
import { checkStructure, OWN_FILES } from './structure-check.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const COMMAND = join(root, 'bin', 'run.js');
const WRITER = join(root, 'test', 'support', 'writer-child.js');

const BATCHES = 120;

export interface KillReport {
  kills: number;
  /** Of them, those that came before the writer was done. */
  struck: number;
  /** Of them, those that left a journal. */
  journals: number;
  reads: number;
  readonly violations: string[];
}

/** A log, and what a store holds after each of its batches. */
class Scene {
  readonly contents: Content[] = [];

  constructor(
    readonly folder: string,
    random: Random,
  ) {
    const maker = new HistoryMaker(random, { tables: [1n, 2n], operationsMax: 20 });
    this.contents.push(contentOf(maker.model));
    const batches = [];
    while (batches.length < BATCHES) {
      for (const batch of nextCommit(random, new HistoryMaker(random, {}, maker.model.clone())).slice(0, 1)) {
        if (maker.model.apply(batch) !== undefined) continue;
        batches.push(batch);
        this.contents.push(contentOf(maker.model));
      }
    }
    writeFileSync(this.log, formatLog(batches));
  }

  get store(): string {
    return join(this.folder, 's.kmb');
  }

  get log(): string {
    return join(this.folder, 'log');
  }
}

export class KillHarness {
  readonly report: KillReport = { kills: 0, struck: 0, journals: 0, reads: 0, violations: [] };
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** Kills writers of one store in a folder of its own until its log is applied, or `killsMax` were killed. */
  async run(folder: string, killsMax: number): Promise<KillReport> {
    const scene = new Scene(folder, this.#random);
    let position = 0;
    for (let kill = 0; kill < killsMax && position < BATCHES && this.report.violations.length === 0; kill += 1) {
      const writer = this.#start(scene, position);
      const committed = await this.#kill(scene, writer);
      position = this.#look(scene, Math.max(position, committed));
    }
    return this.report;
  }

  #start({ store, log }: Scene, position: number): ChildProcess {
    const kind = this.#random.below(2);
    const to = Math.min(BATCHES, position + this.#random.between(1, 10)).toString();
    const replay = [COMMAND, 'replay', store, log, '--to', to, '--cache', '128KiB', '--lock-timeout', '0'];
    return spawn(process.execPath, kind === 0 ? replay : [WRITER, store, log], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  /** Some time after a writer has begun. Gives the last position that it said was committed. */
  async #kill(scene: Scene, writer: ChildProcess): Promise<number> {
    let said = '';
    writer.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const closed = once(writer, 'close');
    while (!existsSync(`${scene.store}-lock`) && writer.exitCode === null) await pause(1);
    const moment = performance.now() + 60 * this.#random.next() ** 2;
    while (performance.now() < moment) {
      if (existsSync(scene.store) && this.#random.chance(0.3)) this.#read(scene);
      await pause(0);
    }
    this.report.kills += 1;
    if (writer.exitCode === null) this.report.struck += 1;
    writer.kill('SIGKILL');
    await closed;
    if (writer.exitCode !== null && writer.exitCode !== 0) this.#violation(`a writer ended with ${writer.exitCode}`);
    return Number(/(\d+)\n$/.exec(said)?.[1] ?? 0);
  }

  /** What a reader sees beside the writer is some commit, whole. */
  #read(scene: Scene): number {
    const store = BTreeStore.open(scene.store, { readOnly: true, cachePages: 32 });
    const rows = store
      .tables()
      .flatMap(({ id }) => store.scan(id, {}, 1e6).map(({ key, value }) => rowText(id, hex(key), hex(value))));
    const position = Number(store.appliedPosition);
    const text = textOf(store.appliedPosition, store.appliedHash, rows);
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
    const store = BTreeStore.open(scene.store, { create: true, cachePages: 32, lockTimeoutMs: 0 });
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
    const [problem] = checkStructure(bytes, OWN_FILES);
    if (problem !== undefined) this.#violation(`page ${problem.page}: ${problem.rule}: ${problem.message}`);
    else if (versionsIn(bytes) !== content?.versions)
      this.#violation(`other versions than those of ${content?.position}`);
  }

  #violation(text: string): void {
    this.report.violations.push(`kill ${this.report.kills}: ${text}`);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
