/** Passes on some of the events of keys: the base of what leaves out the rest. */
import type { KeyRef } from '../bytes/bytes.js';
import { KeyEvent, type KeySink } from './key-sink.js';

/** A key that nothing is left of is not passed on. */
export abstract class KeyFilter implements KeySink {
  /** Whether any key stays. */
  hasKeys = false;
  /** Keys that nothing is left of. */
  keysDropped = 0;
  #key!: KeyRef;
  #hasBegun = false;
  /** An event of which it is not known yet whether it stays, or how. */
  readonly #held = new KeyEvent();
  #isHeld = false;

  constructor(private readonly sink: KeySink) {}

  begin(key: KeyRef): void {
    this.#key = key;
    this.#hasBegun = false;
    this.#isHeld = false;
  }

  abstract event(event: KeyEvent): void;

  /** There is no other event of the key after the one held. */
  protected abstract endHeld(): void;

  end(): void {
    this.endHeld();
    if (this.#hasBegun) this.sink.end();
    else this.keysDropped++;
    this.hasKeys ||= this.#hasBegun;
  }

  /** Keeps an event in the place of the one held before. */
  protected hold(event: KeyEvent): void {
    this.#held.copyFrom(event);
    this.#isHeld = true;
  }

  /** The event held, which is held no longer. */
  protected takeHeld(): KeyEvent | undefined {
    if (!this.#isHeld) return undefined;
    this.#isHeld = false;
    return this.#held;
  }

  protected give(event: KeyEvent): void {
    if (!this.#hasBegun) this.sink.begin(this.#key);
    this.#hasBegun = true;
    this.sink.event(event);
  }
}
