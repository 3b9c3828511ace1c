/** Faults of entries and runs. */
import { utf8 } from '../bytes.js';
import { eventItem, inlineEvent } from './encode.js';
import { SIZE_DELETED, SIZE_MARKER } from './layout.js';
import { countAt, eventAt, type Fault2, flipFlag, itemOf, type Victim } from './plant.js';

/** Of table 9: `k` has a deletion at 9, no bytes at 8, `v` at 7; `m` has `v` at 9, no bytes at 8. */
const entry = (victim: Victim, key: string): Buffer => itemOf(victim.leaf(9n), key);

const move = (item: Buffer, event: number, position: bigint): void =>
  void item.writeBigUInt64LE(position, eventAt(item, event));

/** Of an event without data, or with a value of no bytes. */
const turn = (item: Buffer, event: number, size: number): void =>
  void item.writeUInt16LE(size, eventAt(item, event) + 8);

/** Items 4 of the history of table 1 are one run of key-0001: a marker at 15, puts at 10 and 5. */
const oldRun = (victim: Victim): Buffer => victim.runs(1n).items[4]!;
/** Item 1 of the next leaf: a marker at 25, a deletion at 20, a put at 15. */
const newRun = (victim: Victim): Buffer => victim.runs(1n, 1).items[1]!;

const events: readonly Fault2[] = [
  {
    name: 'positions that ascend',
    rule: 'event-order',
    plant: (v) => {
      move(entry(v, 'm'), 0, 8n);
      move(entry(v, 'm'), 1, 9n);
    },
  },
  { name: 'a position twice', rule: 'event-order', plant: (v) => move(entry(v, 'k'), 1, 9n) },
  { name: 'a position in entry and run', rule: 'event-order', plant: (v) => move(newRun(v), 1, 25n) },
  { name: 'a position in two runs', rule: 'event-order', plant: (v) => move(oldRun(v), 1, 15n) },
  { name: 'a key that begins with a deletion', rule: 'event-kind', plant: (v) => turn(entry(v, 'm'), 1, SIZE_DELETED) },
  { name: 'a deletion of what is deleted', rule: 'event-kind', plant: (v) => turn(entry(v, 'k'), 1, SIZE_DELETED) },
  {
    name: 'an entry without events',
    rule: 'event-count',
    also: ['count-events'],
    plant: (v) => v.rewrite(v.leaf(9n), ([link, , m]) => [link!, eventItem(utf8('k'), 0, []), m!]),
  },
  {
    name: 'a run with a marker only',
    rule: 'event-count',
    also: ['count-events'],
    plant: (v) => v.rewrite(v.runs(1n), (items) => items.map((item, at) => (at === 3 ? onlyMarker(item) : item))),
  },
  { name: 'position 0', rule: 'event-position', plant: (v) => move(entry(v, 'k'), 2, 0n) },
  {
    name: 'position 0 of a marker',
    rule: 'event-position',
    also: ['history-gap'],
    plant: (v) => move(oldRun(v), 0, 0n),
  },
  {
    name: 'a position beyond the applied one',
    rule: 'event-position',
    also: ['last-changed', 'page-stamp'],
    plant: (v) => move(entry(v, 'm'), 0, 41n),
  },
  {
    name: 'a size that means nothing',
    rule: 'event-size',
    also: ['count-events', 'count-keys', 'count-rows'],
    plant: (v) => turn(entry(v, 'k'), 1, 1999),
  },
  {
    name: 'a value that is too long to be inline',
    rule: 'inline-rule',
    plant: (v) => v.rewrite(v.leaf(9n), ([link, k]) => [link!, k!, bulky()]),
  },
  {
    name: 'a key of 1,025 bytes',
    rule: 'key-length',
    plant: (v) =>
      v.rewrite(v.leaf(9n), ([link, k, m]) => [link!, k!, eventItem(Buffer.alloc(1025, 'm'), 2, [m!.subarray(5)])]),
  },
];

const onlyMarker = (item: Buffer): Buffer => {
  const cut = Buffer.from(item.subarray(0, eventAt(item, 1)));
  cut.writeUInt16LE(1, countAt(cut));
  return cut;
};

/** One byte more than stays inline beside a key of one byte. */
const bulky = (): Buffer =>
  eventItem(utf8('m'), 2, [inlineEvent(9n, Buffer.alloc(1984)), inlineEvent(8n, Buffer.alloc(0))]);

const runs: readonly Fault2[] = [
  {
    name: 'a marker in an entry',
    rule: 'run-marker',
    also: ['count-events', 'count-rows'],
    plant: (v) => turn(entry(v, 'k'), 0, SIZE_MARKER),
  },
  {
    name: 'a run without a marker',
    rule: 'run-marker',
    also: ['count-events', 'event-order'],
    plant: (v) => turn(oldRun(v), 0, SIZE_DELETED),
  },
  {
    name: 'a run with two markers',
    rule: 'run-marker',
    also: ['count-events'],
    plant: (v) => turn(newRun(v), 1, SIZE_MARKER),
  },
  {
    name: 'a marker past the events',
    rule: 'run-marker',
    plant: (v) => {
      const item = oldRun(v);
      const [first, second] = [eventAt(item, 0), eventAt(item, 1)];
      Buffer.concat([item.subarray(second), item.subarray(first, second)]).copy(item, first);
    },
  },
  {
    name: 'runs of a key without an entry',
    rule: 'history-key',
    also: ['count-events', 'count-keys', 'count-rows'],
    plant: (v) => v.rewrite(v.leaf(7n), (items) => items.filter((_, at) => at !== 1)),
  },
  { name: 'a marker before the next run', rule: 'history-gap', plant: (v) => move(oldRun(v), 0, 14n) },
  { name: 'a marker before the entry', rule: 'history-gap', plant: (v) => move(newRun(v), 0, 24n) },
  { name: 'a run in the middle lost', rule: 'history-gap', also: ['count-events'], plant: loseRun(2) },
  { name: 'the newest run lost', rule: 'history-gap', also: ['count-events'], plant: loseRun(3) },
  { name: 'the oldest run lost', rule: 'count-events', plant: loseRun(1) },
  {
    name: 'all runs of a key lost',
    rule: 'runs-flag',
    also: ['count-events'],
    plant: (v) => v.rewrite(v.runs(7n), (items) => items.filter((_, at) => at !== 2)),
  },
  {
    name: 'an entry that does not say that there are runs',
    rule: 'runs-flag',
    plant: (v) => flipFlag(itemOf(v.leaf(7n), 'a')),
  },
  { name: 'an entry that says there are runs', rule: 'runs-flag', plant: (v) => flipFlag(entry(v, 'm')) },
  { name: 'bit 15 in a run', rule: 'runs-flag', plant: (v) => flipFlag(oldRun(v)) },
  {
    name: 'a run from another position',
    rule: 'run-from',
    plant: (v) => {
      const item = itemOf(v.runs(7n), 'a');
      item.writeBigUInt64BE(19n, 2 + 1);
    },
  },
  { name: 'two runs in one item', rule: 'run-length', plant: joinRuns },
  {
    name: 'a run with a key of 7 bytes',
    rule: 'key-length',
    also: ['count-events', 'count-values', 'leaked-page', 'runs-flag'],
    plant: (v) =>
      v.rewrite(v.runs(7n), (items) => [items[0]!, eventItem(utf8('a'.repeat(7)), 0, []), ...items.slice(2)]),
  },
];

/** Of key-0000, which has three in the first leaf. */
function loseRun(index: number): (victim: Victim) => void {
  return (v) => v.rewrite(v.runs(1n), (items) => items.filter((_, at) => at !== index));
}

/** The runs of `long`, which are two because they are too long for one. */
function joinRuns(victim: Victim): void {
  victim.rewrite(victim.runs(7n), (items) => {
    const [older, newer] = items.slice(-2) as [Buffer, Buffer];
    const listed = [newer.subarray(eventAt(newer, 0)), older.subarray(eventAt(older, 1))];
    return [...items.slice(0, -2), eventItem(older.subarray(2, countAt(older)), 3, listed)];
  });
}

export const EVENT_FAULTS: readonly Fault2[] = [...events, ...runs];
