/** The hash chain over the batches of a log: which log it was that led to a position. */
import { createHash } from 'node:crypto';
import type { WriteBatch } from './batch.js';
import { HASH_SIZE } from '../format/layout.js';

/** A position in the log, and the hash after the batch there. */
export interface LogPosition {
  readonly position: bigint;
  readonly hash: Uint8Array;
}

/** The hash at position 0, and what stands for "unknown" at any other. */
export const ZERO_HASH: Uint8Array = new Uint8Array(HASH_SIZE);

/** Whether a store's hash says anything: at position 0 it always does, later zero means unknown. */
export function isHashKnown(hash: Uint8Array, position: bigint): boolean {
  return position === 0n || hash.some((byte) => byte !== 0);
}

/**
 * The applied hash after a batch, as docs/FORMAT.md defines it: SHA-256 over the hash before and the batch as it was
 * given, or the hash that the batch brings with it. An unknown hash stays unknown.
 */
export function nextHash(hash: Uint8Array, batch: WriteBatch): Uint8Array {
  if (batch.hash !== undefined) return batch.hash;
  if (!isHashKnown(hash, batch.position - 1n)) return ZERO_HASH;
  return createHash('sha256').update(batch.encoded(hash)).digest();
}

/** The id of a store: which log it began with, by the hash after the first batch. */
export function storeIdOf(firstHash: Uint8Array): bigint {
  return createHash('sha256').update(firstHash).update('kmb-store').digest().readBigUInt64LE(0);
}
