/**
 * Reads a table as of a position, beside a writer that goes on: of each key the events up to that position. Each is
 * looked for by its position, so that it is found wherever the writer has moved it meanwhile.
 */
import { keyRef } from '../bytes/bytes.js';
import { U64 } from '../bytes/u64.js';
import type { TableEntry } from '../format/superblock.js';
import { Pace, type Steps } from '../steps.js';
import type { RowVersion } from '../table/versions.js';
import { EntryWalk } from '../timeline/entry-walk.js';
import { ENTRIES_PER_STEP, type StoreView } from '../timeline/view.js';
import { KeyEvent, type KeySink } from './key-sink.js';

const event = new KeyEvent();

/**
 * Gives all keys of a table that have an event up to the applied position of a view.
 *
 * @throws StoreError damage, `SNAPSHOT_GONE`, what the sink throws
 */
export function* readAsOf(view: StoreView, { id }: TableEntry, sink: KeySink): Steps<void> {
  const at = view.applied.position;
  const walk = new EntryWalk(view, id, { from: undefined, to: undefined, at, since: 0n });
  const words = U64.from(at);
  const pace = new Pace(ENTRIES_PER_STEP);
  for (let found = walk.next(); found !== false; found = walk.next()) {
    if (found === undefined || pace.isDue()) yield;
    if (found !== undefined) giveKey(walk, words, sink);
  }
}

function giveKey(walk: EntryWalk, upTo: U64, sink: KeySink): void {
  let hasBegun = false;
  /** Where the version before has ended. */
  let ended: bigint | null = null;
  for (const version of walk.versions(upTo, true)) {
    if (!hasBegun) sink.begin(keyRef(walk.key()));
    hasBegun = true;
    if (ended !== null && ended !== version.createdAt) sink.event(event.setDeletion(U64.from(ended), false));
    givePut(version, sink);
    ended = version.deletedAt;
  }
  if (ended !== null) sink.event(event.setDeletion(U64.from(ended), true));
  if (hasBegun) sink.end();
}

function givePut({ createdAt, deletedAt, value }: RowVersion, sink: KeySink): void {
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  sink.event(event.setPut(U64.from(createdAt), deletedAt === null, view, 0, value.length));
}
