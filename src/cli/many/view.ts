/** How a command's results for several stores are shown. */
import type { JsonValue } from '../text/json.js';
import type { Failure, Result } from './outcome.js';
import type { Metric } from './reports/metrics.js';

export interface ManyView {
  /** What is said of stores with failures, as in `2 of 3 stores failed the check`. */
  readonly verdict: string;
  /** The line of text about a store with a result. */
  readonly line: (store: string, result: Result) => string;
  /** The line of text about one without, where that is a result as well; else it is a note. */
  readonly failureLine?: (store: string, failure: Failure) => string;
  /** What the JSON of a store without a result says beside the error. */
  readonly failureFacts?: Readonly<Record<string, JsonValue>>;
  /** Figures for a monitor. */
  readonly metrics?: (result: Result) => readonly Metric[];
}
