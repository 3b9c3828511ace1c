/** Leaves out what came after a position. */
import type { KeyRef } from '../bytes/bytes.js';
import type { U64 } from '../bytes/u64.js';
import { KeyEvent, type KeySink } from './key-sink.js';

/**
 * Of each key the events up to a position stay, and the last of them is its newest again. A key that came later is left
 * out.
 */
export class Cutoff implements KeySink {
  /** Whether any key stays. */
  hasKeys = false;
  /** Keys that nothing is left of. */
  keysDropped = 0;
  #key!: KeyRef;
  #hasBegun = false;
  /** The event before: whether it is the newest one that stays is told by the next. */
  readonly #held = new KeyEvent();
  #isHeld = false;

  constructor(
    private readonly upTo: U64,
    private readonly sink: KeySink,
  ) {}

  begin(key: KeyRef): void {
    this.#key = key;
    this.#hasBegun = false;
    this.#isHeld = false;
  }

  event(event: KeyEvent): void {
    if (event.at.compare(this.upTo) > 0) return;
    this.#releaseHeld(false);
    if (event.isNewest) {
      this.#give(event);
      return;
    }
    this.#held.copyFrom(event);
    this.#isHeld = true;
  }

  end(): void {
    this.#releaseHeld(true);
    if (this.#hasBegun) this.sink.end();
    else this.keysDropped++;
    this.hasKeys ||= this.#hasBegun;
  }

  #releaseHeld(isNewest: boolean): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#held.isNewest = isNewest;
    this.#give(this.#held);
  }

  #give(event: KeyEvent): void {
    if (!this.#hasBegun) this.sink.begin(this.#key);
    this.#hasBegun = true;
    this.sink.event(event);
  }
}
