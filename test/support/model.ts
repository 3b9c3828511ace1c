/**
 * The naive model of a store: a map per table, a list of versions per key, a whole copy for "all or nothing".
 *
 * It knows nothing of pages but the limits of format 1 that show outside: an entry, its key and all its versions, fits
 * in one page, and the tables fit in another.
 */
import { createHash } from 'node:crypto';
import type { FormatNumber } from './any-format.js';
import { compareBigint, compareText, hex, U64_MAX } from './bytes.js';

export type Operation =
  | { readonly kind: 'put'; readonly table: bigint; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly table: bigint; readonly key: Uint8Array }
  | { readonly kind: 'purge'; readonly table: bigint };

export interface Batch {
  readonly position: bigint;
  readonly operations: readonly Operation[];
  readonly hash?: Uint8Array;
}

export interface ModelRow {
  readonly key: string;
  readonly value: string;
  readonly createdAt: bigint;
  readonly deletedAt: bigint | null;
}

export interface ModelVersion {
  readonly value: string;
  readonly createdAt: bigint;
  readonly deletedAt: bigint | null;
}

export type Refusal =
  'NON_SEQUENTIAL_BATCH' | 'POSITIONS_EXHAUSTED' | 'KEY_TOO_LONG' | 'ENTRY_TOO_LARGE' | 'TOO_MANY_TABLES';

/** Hex key → versions, newest first. */
type Table = Map<string, readonly ModelVersion[]>;

/**
 * The longest entry: 4,096 bytes less header (32), checksum (4), item 0 and its slot (12), and the entry's own slot
 * (4).
 */
export const ENTRY_BYTES_MAX = 4044;

export const modelEntryBytes = (keyHex: string, versions: readonly ModelVersion[]): number =>
  versions.reduce((sum, version) => sum + 20 + version.value.length / 2, 4 + keyHex.length / 2);

export class Model {
  appliedPosition = 0n;
  appliedHash: Uint8Array = Buffer.alloc(32);
  private tables = new Map<bigint, Table>();
  /** Where a purge is remembered: the position of the last one, by table. */
  private purges = new Map<bigint, bigint>();

  constructor(readonly format: FormatNumber = 1) {}

  clone(): Model {
    const copy = new Model(this.format);
    copy.assign(this);
    return copy;
  }

  /** All or nothing; what refuses it, if anything. */
  apply(...batches: readonly Batch[]): Refusal | undefined {
    const next = this.clone();
    for (const batch of batches) {
      const refusal = next.applyOne(batch);
      if (refusal !== undefined) return refusal;
    }
    this.assign(next);
    return undefined;
  }

  tableIds(): bigint[] {
    return [...this.tables.keys()].sort(compareBigint);
  }

  /** All tables that a store lists: in format 2 a purged one stays. */
  listedIds(): bigint[] {
    return [...new Set([...this.tables.keys(), ...this.purges.keys()])].sort(compareBigint);
  }

  /** The first position at which a table can be read. */
  oldest(table: bigint): bigint {
    return this.purges.get(table) ?? 0n;
  }

  /** Every key that was ever written in a table, ascending. */
  keys(table: bigint): string[] {
    return [...(this.tables.get(table)?.keys() ?? [])].sort(compareText);
  }

  history(table: bigint, keyHex: string): readonly ModelVersion[] {
    return this.tables.get(table)?.get(keyHex) ?? [];
  }

  versionAt(table: bigint, keyHex: string, position: bigint): ModelVersion | undefined {
    return this.history(table, keyHex).find(
      ({ createdAt, deletedAt }) => createdAt <= position && position < (deletedAt ?? U64_MAX),
    );
  }

  rowsAt(table: bigint, position: bigint): ModelRow[] {
    return this.keys(table).flatMap((key) => {
      const version = this.versionAt(table, key, position);
      return version === undefined ? [] : [{ key, ...version }];
    });
  }

  assign(other: Model): void {
    this.appliedPosition = other.appliedPosition;
    this.appliedHash = other.appliedHash;
    this.tables = new Map([...other.tables].map(([id, table]) => [id, new Map(table)]));
    this.purges = new Map(other.purges);
  }

  private applyOne(batch: Batch): Refusal | undefined {
    if (this.appliedPosition === U64_MAX - 1n) return 'POSITIONS_EXHAUSTED';
    if (batch.position !== this.appliedPosition + 1n) return 'NON_SEQUENTIAL_BATCH';
    for (const operation of lastEffects(batch.operations)) {
      if (operation.kind === 'purge') this.purge(operation.table, batch.position);
      else if (operation.key.length > 1024) return 'KEY_TOO_LONG';
      else if (!this.write(operation, batch.position)) return 'ENTRY_TOO_LARGE';
    }
    if (this.format === 1 && this.tables.size > 201) return 'TOO_MANY_TABLES';
    this.appliedHash = nextHash(this.appliedHash, this.appliedPosition, batch);
    this.appliedPosition = batch.position;
    return undefined;
  }

  private purge(table: bigint, position: bigint): void {
    const wasThere = this.tables.delete(table) || this.purges.has(table);
    if (wasThere && this.format === 2) this.purges.set(table, position);
  }

  private write(operation: Exclude<Operation, { kind: 'purge' }>, position: bigint): boolean {
    const key = hex(operation.key);
    const [newest, ...older] = this.history(operation.table, key);
    if (newest === undefined && operation.kind === 'delete') return true;
    const versions =
      newest === undefined ? [] : [newest.deletedAt === null ? { ...newest, deletedAt: position } : newest, ...older];
    if (operation.kind === 'put')
      versions.unshift({ value: hex(operation.value), createdAt: position, deletedAt: null });
    if (this.format === 1 && modelEntryBytes(key, versions) > ENTRY_BYTES_MAX) return false;
    const table = this.tables.get(operation.table) ?? new Map<string, readonly ModelVersion[]>();
    this.tables.set(operation.table, table.set(key, versions));
    return true;
  }
}

/** Several operations on one key leave the last one's effect only; a purge takes what came before it in its table. */
function lastEffects(operations: readonly Operation[]): Operation[] {
  const purges = new Map<bigint, Operation>();
  const writes = new Map<string, Operation>();
  for (const operation of operations) {
    if (operation.kind !== 'purge') {
      writes.set(`${operation.table}:${hex(operation.key)}`, operation);
      continue;
    }
    purges.set(operation.table, operation);
    for (const [name, { table }] of writes) if (table === operation.table) writes.delete(name);
  }
  return [...purges.values(), ...writes.values()];
}

const KINDS = { put: 1, delete: 2, purge: 3 } as const;

/** h(n) = SHA-256(h(n−1) ‖ batch n) over the batch as it was given; zero above position 0 stays zero: unknown. */
function nextHash(previous: Uint8Array, position: bigint, batch: Batch): Uint8Array {
  if (batch.hash !== undefined) return Buffer.from(batch.hash);
  if (position > 0n && previous.every((byte) => byte === 0)) return previous;
  const hash = createHash('sha256')
    .update(previous)
    .update(number(8, batch.position))
    .update(number(4, batch.operations.length));
  for (const operation of batch.operations) {
    hash.update(number(1, KINDS[operation.kind])).update(number(8, operation.table));
    if (operation.kind === 'purge') {
      hash.update(number(4, 0));
      continue;
    }
    hash.update(number(4, operation.key.length)).update(operation.key);
    if (operation.kind === 'put') hash.update(number(4, operation.value.length)).update(operation.value);
  }
  return hash.digest();
}

function number(size: 1 | 4 | 8, value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes.subarray(0, size);
}
