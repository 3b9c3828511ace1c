/** The events of one key over its runs and its entry: whether all of them are there, and follow each other. */
import type { Page } from '../format/page.js';
import { HISTORY_SUFFIX } from '../format/page-types.js';
import { keyLength, keyStart } from '../format/items.js';
import {
  eventCount,
  eventCountOffset,
  eventEnd,
  hasRuns,
  isDeletion,
  newestEvent,
  positionOf,
} from '../format/v2/events.js';
import type { FindingCode } from './finding-kinds.js';
import type { FindingFacts } from './findings.js';

/** Reports something wrong with the events of a key, at an item. */
export type ReportItem = (code: FindingCode, facts: FindingFacts) => void;

/** An item with events of the key. */
export interface KeyItem {
  readonly page: Page;
  readonly index: number;
  /** Whether runs may be missing before it for a reason that is reported elsewhere. */
  readonly afterLoss: boolean;
  readonly report: ReportItem;
}

/** The run that came last. */
interface LastRun {
  /** The position of the key's next newer event. */
  readonly until: bigint;
  readonly endsDeleted: boolean;
}

/** Takes the runs of a key in their order, the oldest first, and then its entry. */
export class KeyHistory {
  #last: LastRun | undefined;

  addRun(run: KeyItem): void {
    const { page, index, report } = run;
    const { view } = page;
    const item = page.itemOffset(index);
    if (hasRuns(view, item)) {
      const message = `its run of item ${index} says that there are older events elsewhere, which only entries say`;
      report('runs-flag', { message, offset: eventCountOffset(view, item) });
    }
    const from = view.getBigUint64(keyStart(page, index) + keyLength(page, index) - HISTORY_SUFFIX);
    this.#join(run, from);
    const marker = newestEvent(page, index);
    this.#last = { until: positionOf(view, marker), endsDeleted: isDeletion(view, eventEnd(view, marker)) };
  }

  /** The entry of the key, after all its runs. */
  end(entry: KeyItem): void {
    const { page, index, afterLoss, report } = entry;
    const { view } = page;
    const saysRuns = hasRuns(view, page.itemOffset(index));
    const areThere = this.#last !== undefined;
    if (saysRuns !== areThere && !(afterLoss && saysRuns)) {
      const offset = eventCountOffset(view, page.itemOffset(index));
      const [says, found] = areThere ? ['does not say', 'there are'] : ['says', 'there are none'];
      const message = `its entry of item ${index} ${says} that there are older events elsewhere, and ${found}`;
      report('runs-flag', { message, offset });
    }
    if (areThere || !saysRuns) this.#join(entry, positionOf(view, oldestEvent(page, index)));
    this.#last = undefined;
  }

  /** What comes next begins at a position: there the run before ends, or the key begins. */
  #join({ page, index, afterLoss, report }: KeyItem, from: bigint): void {
    const last = this.#last;
    if (afterLoss) return;
    const offset = page.itemOffset(index);
    const isDeleted = isDeletion(page.view, oldestEvent(page, index));
    if (last !== undefined && last.until !== from) {
      const message = `older events of a key are missing: the run before says that the next event is at ${last.until}, and it is at ${from}`;
      report('history-gap', { message, offset, expected: last.until.toString(), found: from });
    } else if (isDeleted && (last === undefined || last.endsDeleted)) {
      const message =
        last === undefined
          ? `the oldest event of a key, at ${from}, is a deletion`
          : `the event of a key at ${from} deletes what is deleted`;
      report('event-kind', { message, offset, expected: 'a value', found: 'deleted' });
    }
  }
}

/** The oldest event of an item. */
function oldestEvent(page: Page, index: number): number {
  const { view } = page;
  let event = newestEvent(page, index);
  for (let left = eventCount(view, page.itemOffset(index)); left > 1; left--) event = eventEnd(view, event);
  return event;
}
