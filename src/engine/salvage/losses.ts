/** What a salvage could not save, as ranges of keys, positions and pages. */
import { isWithin } from './tree-keys.js';

/**
 * `rows`: all versions of the keys of a range. `history`: older versions of them. `value`: the value of one version.
 * `unknown`: something of a table, or of the store, and it is not known what.
 */
export type LossKind = 'rows' | 'history' | 'value' | 'unknown';

export interface Loss {
  readonly kind: LossKind;
  /** Null where that is not known. */
  readonly table: bigint | null;
  /** Keys from `fromKey` (inclusive) to `toKey` (exclusive); null where a table begins or ends. */
  readonly fromKey: Uint8Array | null;
  readonly toKey: Uint8Array | null;
  /** Positions from `fromPosition` to `toPosition` (inclusive); null where it may be any. */
  readonly fromPosition: bigint | null;
  readonly toPosition: bigint | null;
  /** The pages that are damaged or missing, as far as they are known. */
  readonly pages: readonly number[];
}

export class Losses {
  #all: Loss[] = [];

  get all(): readonly Loss[] {
    return this.#all;
  }

  add(loss: Partial<Loss> & Pick<Loss, 'kind' | 'table'>): void {
    const open = { fromKey: null, toKey: null, fromPosition: null, toPosition: null, pages: [] };
    this.#all.push({ ...open, ...loss });
  }

  /** Whether it is known that something of this key is lost. */
  covers(table: bigint, key: Buffer): boolean {
    return this.#all.some(
      (loss) =>
        loss.table === table &&
        (loss.kind === 'rows' || loss.kind === 'history') &&
        isWithin(key, { from: asBuffer(loss.fromKey), to: asBuffer(loss.toKey) }, 0),
    );
  }

  /** Whether anything of a table is lost. */
  has(table: bigint): boolean {
    return this.#all.some((loss) => loss.table === table);
  }

  /** Nothing of the table was lost after all. */
  clear(table: bigint): void {
    this.#all = this.#all.filter((loss) => loss.table !== table);
  }

  clearAll(): void {
    this.#all = [];
  }

  /** In the order of tables and keys. */
  sort(): void {
    const rank = ({ table }: Loss): bigint => table ?? -1n;
    this.#all.sort(
      (a, b) =>
        Number(rank(a) > rank(b)) - Number(rank(a) < rank(b)) ||
        Buffer.compare(a.fromKey ?? Buffer.alloc(0), b.fromKey ?? Buffer.alloc(0)),
    );
  }
}

function asBuffer(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
