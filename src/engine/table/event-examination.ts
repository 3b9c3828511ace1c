/** Says which events are looked at for the answer to a question about a key. */
import { compareU64At, type U64 } from '../bytes/u64.js';
import type { Frame } from '../cache/frame.js';
import type { Table } from '../catalogue/table.js';
import { copyKey, findKey } from '../format/items.js';
import { EVENT_HEADER } from '../format/v2/event-layout.js';
import {
  eventCount,
  eventEnd,
  hasRuns,
  isDeletion,
  isExternal,
  newestEvent,
  positionOf,
  readExternal,
} from '../format/v2/events.js';
import { keyRef } from '../bytes/bytes.js';
import type { PageReader } from '../pager/page-reader.js';
import { TreePath } from '../tree/path.js';
import { stepsOf } from '../tree/path-steps.js';
import { HistoryKey } from './history-key.js';
import type { ExaminedVersion, Examination, VersionRange } from './versions.js';

/** The events of an entry up to the one that decides; where that is an older one, those of its run in the history. */
export function examineEvents(
  pages: PageReader,
  table: Table,
  leaf: Frame,
  index: number,
  range: VersionRange,
): Examination {
  const item = leaf.itemOffset(index);
  const count = eventCount(leaf.view, item);
  const isInHistory = hasRuns(leaf.view, item);
  const key = copyKey(leaf, index);
  const inEntry = examined(leaf, newestEvent(leaf, index), count, null, range);
  if (inEntry.isDecided || !isInHistory) return { versions: inEntry.versions, historyPath: null };
  const { versions, historyPath } = examineRun(pages, table, key, range);
  return { versions: [...inEntry.versions, ...versions], historyPath };
}

/** The run that has the newest event up to the position: the one before the place where its own would be. */
function examineRun(pages: PageReader, { history }: Table, key: Uint8Array, range: VersionRange): Examination {
  const search = new HistoryKey().set(keyRef(key), range.at);
  const path = new TreePath(pages, history);
  const leaf = path.seek(search);
  const found = findKey(leaf, search);
  const index = found >= 0 ? found : ~found - 1;
  const isThere = index >= 1 && search.isOfSameKey(leaf, index);
  const versions = isThere ? eventsOfRun(leaf, index, range) : [];
  return { versions, historyPath: stepsOf(pages, history, path, leaf.pageId, isThere ? index : null) };
}

function eventsOfRun(leaf: Frame, index: number, range: VersionRange): readonly ExaminedVersion[] {
  const marker = newestEvent(leaf, index);
  const count = eventCount(leaf.view, leaf.itemOffset(index)) - 1;
  return examined(leaf, eventEnd(leaf.view, marker), count, marker, range).versions;
}

/** @param newer the event, or the marker, after the first; null when there is none */
function examined(
  { view, pageId }: Frame,
  first: number,
  count: number,
  newer: number | null,
  { at, applied }: VersionRange,
): { readonly versions: readonly ExaminedVersion[]; readonly isDecided: boolean } {
  const versions: ExaminedVersion[] = [];
  let event = first;
  for (let left = count; left > 0; left--) {
    const isLater = compareU64At(view, event, at) > 0;
    versions.push({ ...describe(view, event, newer, isLater, applied), page: BigInt(pageId) });
    if (!isLater) return { versions, isDecided: true };
    newer = event;
    event = eventEnd(view, event);
  }
  return { versions, isDecided: false };
}

function describe(
  view: DataView,
  event: number,
  newer: number | null,
  isLater: boolean,
  applied: U64,
): Omit<ExaminedVersion, 'page'> {
  const position = positionOf(view, event);
  if (isDeletion(view, event)) {
    return { createdAt: null, deletedAt: position, valueBytes: null, reason: isLater ? 'later' : 'deletion' };
  }
  const hasEnded = newer !== null && compareU64At(view, newer, applied) <= 0;
  const valueBytes = isExternal(view, event)
    ? readExternal(view, event).length
    : eventEnd(view, event) - event - EVENT_HEADER;
  const deletedAt = hasEnded ? positionOf(view, newer) : null;
  return { createdAt: position, deletedAt, valueBytes, reason: isLater ? 'later' : null };
}
