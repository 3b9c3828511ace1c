/**
 * Histories for stores that crash: small batches, and broad ones that change more pages than the smallest cache holds.
 * In format 2 also hot keys, long values, purges of what was just changed, many tables, and a store that becomes short.
 */
import type { FormatNumber } from './any-format.js';
import { fromHex, utf8 } from './bytes.js';
import { HistoryMaker } from './histories.js';
import { type Batch, ENTRY_BYTES_MAX, type Model, modelEntryBytes, type Operation } from './model.js';
import type { Random } from './random.js';

/** What a history is about, beside rows in three tables. */
export type Theme = 'rows' | 'many tables' | 'shrinking';

/** Of the tables of most batches, of those that only make a store have many, and of the values that make it long. */
const TABLES = [1n, 2n, 7n] as const;
const MANY_FROM = 100n;
const LONG_TABLE = 99n;
/** More pages than are given back to the file system when they are free at the end. */
const LONG_BYTES = 1_070_000;

/** A long value takes longer to look at than all else. */
const THEMES: readonly Theme[] = ['rows', 'many tables', 'shrinking', 'rows', 'many tables', 'rows', 'rows', 'rows'];

/** What the nth history is about, from 1. */
export const themeOf = (nth: number, format: FormatNumber): Theme =>
  format === 1 ? 'rows' : (THEMES[(nth - 1) % THEMES.length] as Theme);

/** Makes the batches of a history, after those that a model has taken. */
export class CrashHistory {
  readonly #maker: HistoryMaker;

  constructor(
    private readonly random: Random,
    readonly theme: Theme,
    readonly model: Model,
    purges = true,
  ) {
    this.#maker = new HistoryMaker(random, { tables: TABLES, operationsMax: 20, purges, format: model.format }, model);
  }

  /** As it is now, to be gone on with elsewhere. */
  branch(): CrashHistory {
    return new CrashHistory(this.random, this.theme, this.model.clone());
  }

  /** One small batch. */
  next(): Batch {
    return this.#maker.next();
  }

  /**
   * Batches of which the last one is refused. In format 2 those before it are applied by then, because one that purges
   * begins anew, and have to be rolled back with all that they freed.
   */
  refused(): Batch[] {
    const { model } = this;
    if (model.format === 1) return [this.#maker.broken().batch];
    const history = this.branch();
    const changes = history.nextCommit();
    const purges = TABLES.map((table) => history.#take([{ kind: 'purge', table }]));
    return [...changes, ...purges, { position: history.model.appliedPosition, operations: [] }];
  }

  /** The batches of one commit. */
  nextCommit(): Batch[] {
    const { random, model } = this;
    // Soon, while its pages are still the last.
    if (model.keys(LONG_TABLE).length > 0 && random.chance(0.6))
      return [this.#take([{ kind: 'purge', table: LONG_TABLE }])];
    if (random.chance(0.3)) return [this.#take(broadOperations(random, model))];
    if (model.format !== 1 && random.chance(0.6)) return this.#batchesOfTheme();
    return Array.from({ length: random.between(1, 3) }, () => this.next());
  }

  #batchesOfTheme(): Batch[] {
    const { random, model, theme } = this;
    const chance = random.next();
    if (theme === 'many tables' && (chance < 0.4 || model.tableIds().length < 40))
      return [this.#take(manyTables(random))];
    if (theme === 'shrinking' && chance < 0.5) return [this.#take(longValue(model))];
    if (chance < 0.6) return this.#hotBatches();
    if (chance < 0.8) return [this.#take(longValues(random))];
    return this.#purge();
  }

  /** Many versions of few keys: leaves are swept again and again, and the history tree grows. */
  #hotBatches(): Batch[] {
    const { random } = this;
    const table = random.pick(TABLES);
    const keys = Array.from({ length: random.between(1, 3) }, () => utf8(`hottest/${random.below(5)}`));
    return Array.from({ length: random.between(10, 50) }, () => {
      const key = random.pick(keys);
      const value = random.bytes(random.between(0, 250));
      return this.#take([random.chance(0.1) ? { kind: 'delete', table, key } : { kind: 'put', table, key, value }]);
    });
  }

  /** A table that has just been changed is purged, and written again or not. */
  #purge(): Batch[] {
    const { random, model } = this;
    const tables = model.tableIds();
    const table = tables.length === 0 ? 1n : random.pick(tables);
    const before = random.chance(0.5) ? [this.#take(longValues(random, table))] : [];
    const after = random.chance(0.5) ? longValues(random, random.chance(0.5) ? table : random.pick(TABLES)) : [];
    return [...before, this.#take([{ kind: 'purge', table }, ...after])];
  }

  #take(operations: readonly Operation[]): Batch {
    const batch = { position: this.model.appliedPosition + 1n, operations };
    const refusal = this.model.apply(batch);
    if (refusal !== undefined) throw new Error(`a batch that should fit is refused: ${refusal}`);
    return batch;
  }
}

/** Changes about half of the keys, and adds some. */
function broadOperations(random: Random, model: Model): Operation[] {
  const changed = model.tableIds().flatMap((table) =>
    model.keys(table).flatMap((keyHex): Operation[] => {
      if (random.chance(0.5)) return [];
      const value = random.bytes(random.between(1, 300));
      const bytes = modelEntryBytes(keyHex, model.history(table, keyHex)) + 20 + value.length;
      const key = fromHex(keyHex);
      const fits = model.format !== 1 || bytes <= ENTRY_BYTES_MAX;
      return [fits ? { kind: 'put', table, key, value } : { kind: 'delete', table, key }];
    }),
  );
  const added = Array.from({ length: random.between(0, 40) }, (_, index): Operation => ({
    kind: 'put',
    table: 1n,
    key: utf8(`broad/${random.below(1000)}/${model.appliedPosition}/${index}`),
    value: random.bytes(random.between(500, 1500)),
  }));
  return [...changed, ...added];
}

/** Values around what one, two and several pages hold, and sometimes of more than are written at once. */
function longValues(random: Random, table: bigint = random.pick(TABLES)): Operation[] {
  return Array.from({ length: random.between(1, 4) }, (): Operation => {
    const length = random.chance(0.05) ? 300_000 : random.pick([1980, 2500, 4050, 8100, 20_000]);
    return {
      kind: 'put',
      table,
      key: utf8(`long/${random.below(6)}`),
      value: patterned(random, length - random.below(20)),
    };
  });
}

/** More tables than a superblock has room for, once most of them are there. */
function manyTables(random: Random): Operation[] {
  const first = random.below(30);
  return Array.from({ length: random.between(5, 40) }, (_, index): Operation => {
    const table = MANY_FROM + BigInt(first + index);
    if (random.chance(0.03)) return { kind: 'purge', table };
    return { kind: 'put', table, key: utf8(`key/${random.below(3)}`), value: random.bytes(random.between(0, 100)) };
  });
}

/** A value of many pages at the end of the store. */
function longValue(model: Model): Operation[] {
  const value = Buffer.alloc(LONG_BYTES, `${model.appliedPosition}/`);
  return [{ kind: 'put', table: LONG_TABLE, key: utf8('k'), value }];
}

/** Bytes that differ from value to value; drawing each would take longer than all else. */
const patterned = (random: Random, length: number): Buffer => Buffer.alloc(length, random.bytes(61));
