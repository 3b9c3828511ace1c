/** What leaves say of keys, whatever the format: events, and what shows that others are missing. */
import type { U64 } from '../bytes/u64.js';
import type { KeyRef } from '../bytes/bytes.js';
import type { ExternalValue } from '../format/v2/events.js';

/** Takes what an item says of a key of one table, in any order. */
export interface EventTaker {
  put(key: KeyRef, at: U64, view: DataView, start: number, length: number): void;
  /** A put whose value is in an extent. */
  longPut(key: KeyRef, at: U64, external: ExternalValue): void;
  delete(key: KeyRef, at: U64): void;
  /** The key has its entry, and this is the newest event of it. */
  entry(key: KeyRef, at: U64): void;
  /** There is an event at this position, and those that were given before it end there. */
  next(key: KeyRef, at: U64): void;
  /** There are older events, which end at this position. */
  older(key: KeyRef, at: U64): void;
}
