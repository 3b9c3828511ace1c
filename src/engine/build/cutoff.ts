/** Leaves out what came after a position. */
import type { U64 } from '../bytes/u64.js';
import { KeyFilter } from './key-filter.js';
import type { KeyEvent, KeySink } from './key-sink.js';

/**
 * Of each key the events up to a position stay, and the last of them is its newest again. A key that came later is left
 * out. Held is the event before: whether it is the newest one that stays is told by the next.
 */
export class Cutoff extends KeyFilter {
  constructor(
    private readonly upTo: U64,
    sink: KeySink,
  ) {
    super(sink);
  }

  event(event: KeyEvent): void {
    if (event.at.compare(this.upTo) > 0) return;
    this.#releaseHeld(false);
    if (event.isNewest) this.give(event);
    else this.hold(event);
  }

  protected endHeld(): void {
    this.#releaseHeld(true);
  }

  #releaseHeld(isNewest: boolean): void {
    const held = this.takeHeld();
    if (held === undefined) return;
    held.isNewest = isNewest;
    this.give(held);
  }
}
