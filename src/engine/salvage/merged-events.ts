/** What was found in pages, and what the log says, in one order; of the same event that of the pages comes first. */
import type { OperationIterator } from '../commit-group/operation-iterator.js';
import { byKeyAndPosition } from './event-sorter.js';

export class MergedEvents {
  readonly #sources: readonly OperationIterator[];
  readonly #isOn: boolean[];
  #current = -1;

  constructor(pages: OperationIterator, log: OperationIterator | undefined) {
    this.#sources = log === undefined ? [pages] : [pages, log];
    this.#isOn = this.#sources.map((source) => source.next());
    this.#choose();
  }

  /** The event that comes next; undefined at the end. It is good until `advance`. */
  get current(): OperationIterator | undefined {
    return this.#sources[this.#current];
  }

  /** Whether the event is one that the log says. */
  get isOfLog(): boolean {
    return this.#current === 1;
  }

  advance(): void {
    this.#isOn[this.#current] = this.#sources[this.#current]?.next() ?? false;
    this.#choose();
  }

  #choose(): void {
    const [pages, log] = this.#sources;
    const [hasPages, hasLog] = this.#isOn;
    if (hasPages !== true && hasLog !== true) this.#current = -1;
    else if (hasPages !== true) this.#current = 1;
    else if (hasLog !== true || pages === undefined || log === undefined) this.#current = 0;
    else this.#current = byKeyAndPosition(pages, log) <= 0 ? 0 : 1;
  }
}
