/**
 * Random histories that hurt: hot keys whose versions fill a page, keys of 1,024 bytes and of none, values from nothing
 * to what just fits, a key several times in one batch, deletes of what is and what is not there.
 */
import type { FormatNumber } from './any-format.js';
import { fromHex, hex, utf8 } from './bytes.js';
import { type Batch, ENTRY_BYTES_MAX, Model, modelEntryBytes, type Operation, type Refusal } from './model.js';
import type { Random } from './random.js';

export interface HistoryOptions {
  readonly tables?: readonly bigint[];
  readonly operationsMax?: number;
  readonly smallValues?: boolean;
  readonly purges?: boolean;
  /** Of the store that takes the batches (default 1). */
  readonly format?: FormatNumber;
}

export interface BrokenBatch {
  readonly batch: Batch;
  readonly refusal: Refusal;
}

/** Batches that a store takes, one after the other. */
export function randomBatches(random: Random, batchCount: number, options: HistoryOptions = {}): Batch[] {
  const maker = new HistoryMaker(random, options);
  return Array.from({ length: batchCount }, () => maker.next());
}

export class HistoryMaker {
  private readonly tables: readonly bigint[];

  constructor(
    private readonly random: Random,
    private readonly options: HistoryOptions = {},
    /** What the batches so far have led to. */
    readonly model: Model = new Model(options.format),
  ) {
    this.tables = options.tables ?? [1n, 2n, 1000n];
  }

  /** The next batch, which the model has taken. */
  next(): Batch {
    const batch = this.propose();
    const refusal = this.model.apply(batch);
    if (refusal !== undefined) throw new Error(`a batch that should fit is refused: ${refusal}`);
    return batch;
  }

  /** A batch at the next position that would be taken; the model does not take it yet. */
  propose(): Batch {
    const operations: Operation[] = [];
    const count = this.random.chance(0.05) ? 0 : this.random.between(1, this.options.operationsMax ?? 8);
    while (operations.length < count) operations.push(this.operation(operations));
    return { position: this.model.appliedPosition + 1n, operations };
  }

  /** A batch whose first operations are fine and whose last one, or whose position, is not. */
  broken(): BrokenBatch {
    const { position, operations } = this.propose();
    const wrongPosition = position > 1n && this.random.chance(0.5) ? position - 1n : position + 1n;
    switch (this.model.format === 1 ? this.random.below(3) : 0) {
      case 0:
        return { batch: { position: wrongPosition, operations }, refusal: 'NON_SEQUENTIAL_BATCH' };
      case 1:
        return {
          batch: { position, operations: [...operations, ...this.tooManyTables()] },
          refusal: 'TOO_MANY_TABLES',
        };
      default:
        return {
          batch: { position, operations: [...operations, this.tooLarge()] },
          refusal: 'ENTRY_TOO_LARGE',
        };
    }
  }

  private tooManyTables(): Operation[] {
    return Array.from({ length: 202 }, (_, index) => ({
      kind: 'put',
      table: 5_000n + BigInt(index),
      key: utf8('k'),
      value: utf8('v'),
    }));
  }

  private tooLarge(): Operation {
    const key = utf8(`too-large-${this.model.appliedPosition}`);
    return {
      kind: 'put',
      table: this.random.pick(this.tables),
      key,
      value: this.random.bytes(ENTRY_BYTES_MAX - 23 - key.length),
    };
  }

  private operation(before: readonly Operation[]): Operation {
    const { random } = this;
    const table = random.pick(this.tables);
    if (this.options.purges === true && random.chance(0.01)) return { kind: 'purge', table };
    const repeated = random.chance(0.15) ? before.at(-1) : undefined;
    const key = repeated === undefined || repeated.kind === 'purge' ? this.key(table) : repeated.key;
    if (random.chance(0.25)) return { kind: 'delete', table, key };
    const value = this.value(key);
    const versions = this.model.history(table, hex(key));
    const bytes = modelEntryBytes(hex(key), versions) + 20 + value.length;
    return this.model.format === 1 && bytes > ENTRY_BYTES_MAX
      ? { kind: 'delete', table, key }
      : { kind: 'put', table, key, value };
  }

  private key(table: bigint): Buffer {
    const { random } = this;
    const known = random.chance(0.1) ? this.model.keys(table) : [];
    if (known.length > 0) return fromHex(random.pick(known));
    const era = this.model.appliedPosition / 50n;
    const kind = random.below(20);
    if (kind === 0) return Buffer.alloc(0);
    if (kind === 1) return random.bytes(random.between(1, 2));
    if (kind === 2) return utf8('long/'.padEnd(random.between(1000, 1020), 'x') + random.between(100, 130));
    if (kind === 3) return Buffer.alloc(random.between(1, 1024), 0xff);
    if (kind < 8) return utf8(`hot-${era}-${random.below(3)}`);
    return utf8(`key/${String(random.below(300)).padStart(4, '0')}`);
  }

  private value(key: Uint8Array): Buffer {
    const { random } = this;
    const kind = random.below(30);
    if (kind < 4) return Buffer.alloc(0);
    if (this.options.smallValues === true || kind < 22) return random.bytes(random.between(1, 40));
    if (kind < 29) return random.bytes(random.between(200, 1500));
    const longest = ENTRY_BYTES_MAX - 24 - key.length - random.below(30);
    if (this.model.format === 1 || random.chance(0.5)) return random.bytes(Math.max(0, longest));
    return random.bytes(random.pick([1960, 1984, 1998, 4040, 4052, 8104, 20_000]) - random.below(30));
  }
}
