/** A table: its two trees, and each key's events over both. */
import { hex } from '../bytes.js';
import type { Entry2, Event2, Run2 } from './events.js';
import type { Page2 } from './page.js';
import type { TableRecord2 } from './records.js';
import { buildTree, entriesOf, type Located, type PageTable, runsOf, type Tree2 } from './tree.js';
import { readValue, type Value2 } from './values.js';

export interface KeyEvent {
  readonly page: Page2;
  readonly event: Event2;
}

export interface Key2 {
  readonly key: Buffer;
  /** Undefined for runs without an entry. */
  readonly entry: Located<Entry2> | undefined;
  /** In the order of the history tree: oldest first. */
  readonly runs: readonly Located<Run2>[];
  /** Of the entry, then of the runs: newest first. */
  readonly events: readonly KeyEvent[];
}

export interface Table2 {
  readonly record: TableRecord2;
  readonly current: Tree2;
  readonly history: Tree2;
  /** By the hex digits of the key, in the order of the current tree. */
  readonly keys: ReadonlyMap<string, Key2>;
  /** By the event that they belong to. */
  readonly values: ReadonlyMap<Event2, Value2>;
}

export function readTable(pages: PageTable, record: TableRecord2): Table2 {
  const current = buildTree(pages, 'current', record.id, record.root, record.height);
  const history = buildTree(pages, 'history', record.id, record.historyRoot, record.historyHeight);
  const keys = joinKeys(entriesOf(current), runsOf(history));
  const values = new Map<Event2, Value2>();
  for (const { key, events } of keys.values()) {
    for (const { page, event } of events) {
      if (event.kind !== 'external') continue;
      values.set(event, readValue(pages, event, { table: record.id, key, page: page.id }));
    }
  }
  return { record, current, history, keys, values };
}

function joinKeys(entries: readonly Located<Entry2>[], runs: readonly Located<Run2>[]): Map<string, Key2> {
  const runsOfKey = new Map<string, Located<Run2>[]>();
  for (const run of runs) {
    const digits = hex(run.item.key);
    const ofKey = runsOfKey.get(digits);
    if (ofKey === undefined) runsOfKey.set(digits, [run]);
    else ofKey.push(run);
  }
  const keys = new Map<string, Key2>();
  for (const entry of entries) {
    const digits = hex(entry.item.key);
    keys.set(digits, keyOf(entry.item.key, entry, runsOfKey.get(digits) ?? []));
  }
  for (const [digits, ofKey] of runsOfKey) {
    if (!keys.has(digits)) keys.set(digits, keyOf(ofKey[0]!.item.key, undefined, ofKey));
  }
  return keys;
}

function keyOf(key: Buffer, entry: Located<Entry2> | undefined, runs: readonly Located<Run2>[]): Key2 {
  const newestFirst = [...(entry === undefined ? [] : [entry]), ...runs.toReversed()];
  const events = newestFirst.flatMap(({ page, item }) => item.events.map((event) => ({ page, event })));
  return { key, entry, runs, events };
}
