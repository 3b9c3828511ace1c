/** Leaves out what no position from a given one on needs. */
import type { KeyRef } from '../bytes/bytes.js';
import type { U64 } from '../bytes/u64.js';
import { KeyEvent, type KeySink } from './key-sink.js';

/**
 * Of each key the newest event up to a position stays, unless it is a deletion, and all later ones do. A key that
 * nothing is left of is left out.
 */
export class Retention implements KeySink {
  keysDropped = 0;
  #key!: KeyRef;
  #hasBegun = false;
  /** The newest event up to the position. */
  readonly #held = new KeyEvent();
  #isHeld = false;

  constructor(
    private readonly from: U64,
    private readonly sink: KeySink,
  ) {}

  begin(key: KeyRef): void {
    this.#key = key;
    this.#hasBegun = false;
    this.#isHeld = false;
  }

  event(event: KeyEvent): void {
    if (event.at.compare(this.from) <= 0) {
      this.#isHeld = true;
      this.#held.copyFrom(event);
      return;
    }
    this.#releaseHeld();
    this.#give(event);
  }

  end(): void {
    this.#releaseHeld();
    if (this.#hasBegun) this.sink.end();
    else this.keysDropped++;
  }

  #releaseHeld(): void {
    if (this.#isHeld && !this.#held.isDeletion) this.#give(this.#held);
    this.#isHeld = false;
  }

  #give(event: KeyEvent): void {
    if (!this.#hasBegun) this.sink.begin(this.#key);
    this.#hasBegun = true;
    this.sink.event(event);
  }
}
