/**
 * Readers beside a writer that purges tables and takes their pages again for others, just when a reader has read a page
 * and not yet looked whether that is still what it was: the answer is right, or `SNAPSHOT_GONE` when the table is gone.
 */
import { expect } from 'chai';
import { BTreeStore, type FileHandle, type FileMode, StoreError } from '../../src/engine/index.js';
import { structureProblems } from '../support/any-format.js';
import { fromHex, hex, utf8 } from '../support/bytes.js';
import { plainRow, plainVersion, toWriteBatch } from '../support/engine-rows.js';
import { reusedBeforeCheckpoint } from '../support/broken-builds.js';
import { decodeFormat2 } from '../support/format2-decode.js';
import { ForwardingFiles } from '../support/forwarding-files.js';
import { committedIn } from '../support/journal-pages.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore, STORE_PATH } from '../support/memory-store.js';
import { Model, type ModelRow, type Operation } from '../support/model.js';
import { Random } from '../support/random.js';

const TABLES = [1n, 2n, 3n, 4n];
/** More pages than are read at once. */
const LONG_BYTES = 300_000;
const PAGE = 4096;

interface State {
  readonly model: Model;
  /** From when on tables can be read that were purged. */
  readonly oldest: ReadonlyMap<bigint, bigint>;
}

class Scene {
  readonly files = new MemoryFiles();
  readonly writer = newStore(this.files, 2, Infinity);
  readonly model = new Model(2);
  readonly #oldest = new Map<bigint, bigint>();
  readonly #states = new Map<bigint, State>();

  constructor(readonly random: Random) {
    for (const table of TABLES) this.commit(this.#puts(table));
  }

  commit(operations: readonly Operation[]): void {
    const batch = { position: this.model.appliedPosition + 1n, operations };
    expect(this.model.apply(batch)).to.equal(undefined);
    this.writer.apply(toWriteBatch(batch));
    this.writer.sync();
    this.#states.set(batch.position, { model: this.model.clone(), oldest: new Map(this.#oldest) });
  }

  /** As a commit has left it. */
  stateAt(position: bigint): State {
    return this.#states.get(position) as State;
  }

  /** Gives the pages of a table up, and takes them for another. */
  reuse(purged: bigint): void {
    const other = this.random.pick(TABLES.filter((table) => table !== purged));
    this.#oldest.set(purged, this.model.appliedPosition + 1n);
    this.commit([{ kind: 'purge', table: purged }]);
    this.commit([...this.#puts(other), ...(this.random.chance(0.5) ? this.#puts(purged) : [])]);
  }

  /** From when on a table can be read. */
  oldest(table: bigint): bigint {
    return this.#oldest.get(table) ?? 0n;
  }

  /** Rows with several versions, so that there is a history tree, and a long value. */
  #puts(table: bigint): Operation[] {
    const { random } = this;
    const value = Buffer.alloc(LONG_BYTES + random.below(1000), random.bytes(61));
    const rows = Array.from({ length: 60 }, (): Operation => ({
      kind: 'put',
      table,
      key: utf8(`key/${random.below(40)}`),
      value: random.bytes(random.between(20, 900)),
    }));
    return [...rows, { kind: 'put', table, key: utf8('long'), value }];
  }
}

/** What a reader is asked, and what it must say. */
interface Question {
  readonly table: bigint;
  readonly ask: (store: BTreeStore) => unknown;
  readonly due: () => unknown;
}

function question(random: Random, { model, oldest }: State): Question {
  const table = random.pick(TABLES);
  const keyHex = random.pick([...model.keys(table), hex(utf8('long'))]);
  const key = fromHex(keyHex);
  const brief = ({ value, ...row }: ModelRow): unknown => ({ ...row, value: `${value.length} ${value.slice(0, 80)}` });
  switch (random.below(4)) {
    case 0:
      return {
        table,
        ask: (store) => store.scan(table, {}, 1e6).map((row) => brief(plainRow(row))),
        due: () => model.rowsAt(table, model.appliedPosition).map(brief),
      };
    case 1:
      return {
        table,
        ask: (store) => store.history(table, key).map(plainVersion),
        due: () => model.history(table, keyHex),
      };
    case 2:
      return {
        table,
        ask: (store) => [...store.cursor(table, { reverse: true, at: 4n })].map((row) => brief(plainRow(row))),
        due: () =>
          (oldest.get(table) ?? 0n) > 4n ? 'POSITION_FORGOTTEN' : model.rowsAt(table, 4n).map(brief).reverse(),
      };
    default:
      return {
        table,
        ask: (store) => {
          const value = store.get(table, key);
          return value && hex(value);
        },
        due: () => model.versionAt(table, keyHex, model.appliedPosition)?.value,
      };
  }
}

/** Answers, or the code of the error. */
function answer(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreError) return error.code;
    throw error;
  }
}

/** Stops a reader after it has read a page of the store, and before it looks at page 0. */
class InterruptedFiles extends ForwardingFiles {
  constructor(
    inner: MemoryFiles,
    private readonly onRead: (length: number) => void,
  ) {
    super(inner);
  }

  override open(path: string, mode: FileMode): FileHandle {
    const file = this.inner.open(path, mode);
    const read = file.read.bind(file);
    file.read = (buffer, offset, length, position) => {
      const bytes = read(buffer, offset, length, position);
      if (path === STORE_PATH && position > 0) this.onRead(length);
      return bytes;
    };
    return file;
  }
}

/** Asks readers while the pages that they read are given up and taken again. */
function askBeside(seed: number): { right: number; gone: number; reused: number } {
  const random = new Random(seed);
  const scene = new Scene(random);
  const seen = { right: 0, gone: 0, reused: 0 };
  for (let round = 0; round < 30; round += 1) {
    const before = decodeFormat2(committedIn(scene.files)).reachedPages;
    let works = 0;
    const files = new InterruptedFiles(scene.files, (length) => {
      if (works === 2 || !random.chance(length > PAGE ? 0.5 : 0.1)) return;
      works += 1;
      scene.reuse(random.chance(0.5) ? asked : random.pick(TABLES));
    });
    let asked = 1n;
    const store = BTreeStore.open(STORE_PATH, { files, readOnly: true, cachePages: 32 });
    const state = scene.stateAt(store.appliedPosition);
    for (let count = 0; count < 5; count += 1) {
      const { table, ask, due } = question(random, state);
      asked = table;
      const found = answer(() => ask(store));
      const isGone = found === 'SNAPSHOT_GONE';
      if (isGone) expect(scene.oldest(table) > store.appliedPosition, `table ${table} is gone`).to.equal(true);
      else expect(found).to.deep.equal(due());
      seen[isGone ? 'gone' : 'right'] += 1;
    }
    store.close();
    const now = decodeFormat2(committedIn(scene.files)).reachedPages;
    seen.reused += works > 0 && [...now].some((page) => before.has(page)) ? 1 : 0;
  }
  scene.writer.close();
  expect(structureProblems(scene.files.get(STORE_PATH))).to.deep.equal([]);
  return seen;
}

describe('a reader whose page is taken for another table before it has looked at page 0', () => {
  for (const seed of [841, 842]) {
    it(`answers right, or says that the table is gone (seed ${seed})`, () => {
      const seen = askBeside(seed);
      expect(seen.right).to.be.greaterThan(40);
      expect(seen.gone).to.be.greaterThan(5);
      expect(seen.reused).to.be.greaterThan(10);
    });
  }

  it('does not where pages are taken again before the commit that frees them is in place', () => {
    expect(() => reusedBeforeCheckpoint(() => askBeside(841))).to.throw();
  });
});
