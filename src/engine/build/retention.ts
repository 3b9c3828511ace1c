/** Leaves out what no position from a given one on needs. */
import type { U64 } from '../bytes/u64.js';
import { KeyFilter } from './key-filter.js';
import type { KeyEvent, KeySink } from './key-sink.js';

/**
 * Of each key the newest event up to a position stays, unless it is a deletion, and all later ones do. Held is the
 * newest event up to the position.
 */
export class Retention extends KeyFilter {
  constructor(
    private readonly from: U64,
    sink: KeySink,
  ) {
    super(sink);
  }

  event(event: KeyEvent): void {
    if (event.at.compare(this.from) <= 0) {
      this.hold(event);
      return;
    }
    this.endHeld();
    this.give(event);
  }

  protected endHeld(): void {
    const held = this.takeHeld();
    if (held !== undefined && !held.isDeletion) this.give(held);
  }
}
