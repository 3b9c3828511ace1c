/** What a key's events say, over its entry and its runs. */
import { hex } from '../bytes.js';
import type { Event2, Run2 } from './events.js';
import type { ReportOn } from './check-tree.js';
import type { Key2, Table2 } from './tables.js';
import type { Located } from './tree.js';

export function checkHistory({ keys, record }: Table2, report: ReportOn): void {
  for (const key of keys.values()) {
    checkRuns(key, report);
    checkOrder(key, report);
    checkForgotten(key, record.oldest, report);
  }
}

/** Each run begins where it says, and meets what is newer. */
function checkRuns({ key, entry, runs }: Key2, report: ReportOn): void {
  for (const [index, run] of runs.entries()) {
    const { page, item } = run;
    const found = `key ${hex(key)}, run from ${item.from}`;
    const oldest = item.events.at(-1)?.position;
    if (oldest !== undefined && oldest !== item.from) report(page.id)('run-from', `${found}: the oldest is ${oldest}`);
    const newer = newerThan(runs[index + 1], entry?.item.events);
    if (item.marker !== undefined && newer !== undefined && item.marker !== newer) {
      report(page.id)('history-gap', `${found}: its marker is ${item.marker}, the next newer event is at ${newer}`);
    }
  }
  const [first] = runs;
  if (entry === undefined) {
    if (first !== undefined) report(first.page.id)('history-key', `key ${hex(key)} has runs and no entry`);
  } else if (entry.item.hasRuns !== runs.length > 0) {
    report(entry.page.id)(
      'runs-flag',
      `key ${hex(key)}: bit 15 says ${entry.item.hasRuns}, it has ${runs.length} runs`,
    );
  }
}

const newerThan = (next: Located<Run2> | undefined, entry: readonly Event2[] | undefined): bigint | undefined =>
  next === undefined ? entry?.at(-1)?.position : next.item.from;

function checkOrder({ key, events }: Key2, report: ReportOn): void {
  for (const [index, { page, event }] of events.entries()) {
    const newer = events[index - 1]?.event;
    const found = `key ${hex(key)}, position ${event.position}`;
    if (newer !== undefined && newer.position <= event.position) {
      report(page.id)('event-order', `${found} after ${newer.position}`);
    }
    if (newer?.kind === 'deleted' && event.kind === 'deleted') {
      report(page.id)('event-kind', `${found}: a deletion before the one at ${newer.position}`);
    }
  }
  const oldest = events.at(-1);
  if (oldest?.event.kind === 'deleted') {
    report(oldest.page.id)('event-kind', `key ${hex(key)}: the oldest event is a deletion`);
  }
}

/** Of what retention has forgotten a key keeps one event, the one that was visible at the oldest position. */
function checkForgotten({ key, events }: Key2, oldest: bigint, report: ReportOn): void {
  const forgotten = events.filter(({ event }) => event.position <= oldest);
  if (forgotten.length > 1) {
    const page = forgotten.at(-1)!.page.id;
    report(page)('oldest', `key ${hex(key)} has ${forgotten.length} events up to ${oldest}, the table's oldest`);
  }
}
