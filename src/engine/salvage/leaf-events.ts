/** The events of an entry, or of a run, of format 2. */
import type { KeyRef } from '../bytes/bytes.js';
import { keyAt } from '../format/items.js';
import type { Page } from '../format/page.js';
import { HISTORY_SUFFIX, HISTORY_TREE } from '../format/page-types.js';
import { EVENT_HEADER } from '../format/v2/event-layout.js';
import {
  eventCount,
  eventEnd,
  hasRuns,
  isDeletion,
  isExternal,
  newestEvent,
  positionWords,
  readExternal,
} from '../format/v2/events.js';
import type { EventTaker } from './event-taker.js';

export function giveEvents(leaf: Page, index: number, taker: EventTaker): void {
  const { view } = leaf;
  const item = leaf.itemOffset(index);
  const key = keyAt(leaf, index);
  const count = eventCount(view, item);
  const newest = newestEvent(leaf, index);
  if (leaf.type === HISTORY_TREE.leaf) {
    key.keyLength -= HISTORY_SUFFIX;
    taker.next(key, positionWords(view, newest));
    giveAll(view, eventEnd(view, newest), count - 1, key, taker);
    return;
  }
  taker.entry(key, positionWords(view, newest));
  const oldest = giveAll(view, newest, count, key, taker);
  if (hasRuns(view, item)) taker.older(key, positionWords(view, oldest));
}

/** @returns where the oldest is */
function giveAll(view: DataView, first: number, count: number, key: KeyRef, taker: EventTaker): number {
  let oldest = first;
  let event = first;
  for (let left = count; left > 0; left--) {
    oldest = event;
    const at = positionWords(view, event);
    const start = event + EVENT_HEADER;
    const end = eventEnd(view, event);
    if (isDeletion(view, event)) taker.delete(key, at);
    else if (isExternal(view, event)) taker.longPut(key, at, readExternal(view, event));
    else taker.put(key, at, view, start, end - start);
    event = end;
  }
  return oldest;
}
