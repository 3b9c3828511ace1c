/** What is seen of a leaf's events on the way through it: what else a check would go through all of them for. */
export class LeafGlance {
  /** Events in all, and those that are values. */
  events = 0;
  versions = 0;
  /** Entries whose newest event is a value. */
  rows = 0;
  /** The highest position of all, as words. */
  newestHigh = 0;
  newestLow = 0;
  /** Whether an event is at position 0. */
  hasZero = false;
  /** Whether a value is in pages of its own. */
  hasExternal = false;
  /** Whether each entry has one event, a value, and says that there are no others. */
  areAlone = true;

  /** Forgets all that was seen. */
  clear(): void {
    this.events = this.versions = this.rows = 0;
    this.newestHigh = this.newestLow = 0;
    this.hasZero = this.hasExternal = false;
    this.areAlone = true;
  }

  /** Events of a key, newest first, come to this one. */
  noteNewest(high: number, low: number): void {
    if (high < this.newestHigh || (high === this.newestHigh && low <= this.newestLow)) return;
    this.newestHigh = high;
    this.newestLow = low;
  }
}
