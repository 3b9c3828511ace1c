/**
 * Checks a log batch by batch against the position and hash that something has applied: whether the positions
 * follow each other, which are to be skipped, and whether those are the ones that were applied. It needs no store.
 */
import { equalBytes, toHex } from '../bytes/bytes.js';
import { StoreError } from '../errors.js';
import type { WriteBatch } from './batch.js';
import { isHashKnown, type LogPosition, nextHash, ZERO_HASH } from './hash-chain.js';

/** Why skipped batches, or a log without any, were not compared with what was applied. */
export type NotCompared = 'log-ends' | 'log-begins-late' | 'hash-unknown';

export class LogVerifier {
  /** The position of the batch before. */
  #position: bigint | undefined;
  /** The hash at the last skipped position; undefined unless the log begins at position 1 and the hash is known. */
  #hash: Uint8Array | undefined;
  /** Whether the log has led to the applied hash. */
  #compared = false;
  #beganAtFirst = false;
  #skipped = 0;

  /** @param applied up to where batches are applied already, and the hash there */
  constructor(private readonly applied: LogPosition) {}

  /** How many batches were applied already. */
  get skipped(): number {
    return this.#skipped;
  }

  /**
   * Takes the position of the next batch: it follows the one before, and the first may be any that is applied, or the
   * next.
   *
   * @throws StoreError `LOG_GAP`
   */
  follow(position: bigint): void {
    const next = this.applied.position + 1n;
    const expected = this.#position === undefined ? next : this.#position + 1n;
    if (this.#position === undefined ? position > next : position !== expected) {
      const message =
        this.#position === undefined
          ? `the log begins at position ${position}, the store needs position ${next}`
          : `position ${position} does not follow position ${this.#position}`;
      throw new StoreError('LOG_GAP', message, { position, expected, found: position });
    }
    this.#position = position;
  }

  /**
   * Whether the batch is applied already, and so to be skipped. A log that is read from its beginning must lead to the
   * applied hash on the way: another log is refused before anything of it is applied.
   *
   * @param line for the error: the line that the batch is on
   * @throws StoreError `LOG_MISMATCH`
   */
  skips(batch: WriteBatch, line: number): boolean {
    const { position, hash } = this.applied;
    if (batch.position > position) return false;
    this.#skipped++;
    if (batch.position === 1n) {
      this.#beganAtFirst = true;
      if (isHashKnown(hash, position)) this.#hash = ZERO_HASH;
    }
    if (this.#hash === undefined) return true;
    this.#hash = nextHash(this.#hash, batch);
    if (batch.position < position) return true;
    this.#compared = equalBytes(this.#hash, hash);
    if (!this.#compared) throw this.#mismatch(this.#hash, line);
    return true;
  }

  /**
   * Why the log was not compared with what was applied; undefined when it was, or when there was nothing to compare.
   *
   * @param takenAny whether batches came that were not skipped
   */
  notCompared(takenAny: boolean): NotCompared | undefined {
    const { position, hash } = this.applied;
    if (position === 0n || this.#compared || (this.#skipped === 0 && takenAny)) return undefined;
    if (!isHashKnown(hash, position) && !takenAny) return 'hash-unknown';
    if (this.#skipped > 0 && this.#hash === undefined) return this.#beganAtFirst ? 'hash-unknown' : 'log-begins-late';
    return 'log-ends';
  }

  #mismatch(found: Uint8Array, line: number): StoreError {
    const { position, hash } = this.applied;
    const message = `up to position ${position} this log is not the one that the store was fed`;
    return new StoreError(
      'LOG_MISMATCH',
      message,
      { line, position, appliedPosition: position, expected: toHex(hash), found: toHex(found) },
      'replay the log that made this store, or replay this one into a new store',
    );
  }
}
