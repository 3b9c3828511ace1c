/** Counts how it came out for the stores that were asked about. */
import { bySeverity } from '../exit-codes.js';
import { counted, grouped } from '../text/counts.js';
import type { StoreList } from './list-stores.js';
import type { Failure, StoreOutcome } from './outcome.js';

export interface ManySummary {
  readonly stores: number;
  readonly failed: number;
  /** How many stores have each exit code. */
  readonly exitCodes: Readonly<Record<string, number>>;
  readonly filesSkipped: number;
  readonly seconds: number;
}

export class Tally {
  readonly stores: number;
  failed = 0;
  worst: { readonly store: string; readonly failure: Failure } | undefined;
  readonly #exitCodes: Record<string, number> = {};
  readonly #filesSkipped: number;
  readonly #begin = process.hrtime.bigint();
  #done = 0;

  constructor({ stores, unread, filesSkipped }: StoreList) {
    this.stores = stores.length + unread.length;
    this.#filesSkipped = filesSkipped;
  }

  add({ store, failure }: StoreOutcome): void {
    const code = `${failure?.exitCode ?? 0}`;
    this.#done += 1;
    this.#exitCodes[code] = (this.#exitCodes[code] ?? 0) + 1;
    if (failure === undefined) return;
    this.failed += 1;
    if (this.worst === undefined || bySeverity(failure.exitCode, this.worst.failure.exitCode) < 0) {
      this.worst = { store, failure };
    }
  }

  /** What the spinner says. */
  get progress(): string {
    return `${grouped(this.#done)} of ${counted(this.stores, 'store', 'stores')}`;
  }

  summary(): ManySummary {
    const seconds = Number((Number(process.hrtime.bigint() - this.#begin) / 1e9).toFixed(3));
    const { stores, failed } = this;
    return { stores, failed, exitCodes: this.#exitCodes, filesSkipped: this.#filesSkipped, seconds };
  }
}

/** The summary as a sentence. */
export function summaryText({ stores, failed, exitCodes, filesSkipped, seconds }: ManySummary): string {
  const codes = Object.entries(exitCodes).filter(([code]) => code !== '0');
  const failures = codes.map(([code, count]) => `${grouped(count)} with exit code ${code}`);
  const parts = [
    `${counted(stores, 'store', 'stores')} in ${seconds.toFixed(2)} s`,
    failed === 0 ? 'all well' : `${grouped(stores - failed)} well, ${failures.join(', ')}`,
    ...(filesSkipped === 0
      ? []
      : [`skipped ${counted(filesSkipped, 'file that is not a store', 'files that are not stores')}`]),
  ];
  return parts.join('; ');
}
