/** Goes on with the commits of a writer in another process. */
import { setTimeout } from 'node:timers/promises';
import { type BTreeStore, type Changes, type ContentHash, isHashKnown, StoreError } from '../../engine/index.js';
import { inSlices } from '../time-slice.js';

/** How often it is looked for commits. */
const POLL_MS = 200;

/** How far the batches of a store were printed, and what it held there. */
export interface Followed {
  readonly position: bigint;
  readonly content: ContentHash;
  readonly appliedHash: Uint8Array | undefined;
}

export interface FollowRequest {
  readonly after: bigint;
  readonly table: bigint | undefined;
  readonly print: (batches: Changes) => Promise<void>;
}

/**
 * Prints what is committed after a position, and goes on with every commit once it is on disk: until then a crash may
 * take it back, and what was printed stays printed.
 *
 * @returns when another file has the store's name
 * @throws StoreError `SNAPSHOT_GONE`, `POSITION_FORGOTTEN` after a purge, `STORE_REPLACED`
 */
export async function followStore(store: BTreeStore, { after, table, print }: FollowRequest): Promise<Followed> {
  let position = after;
  for (;;) {
    const { isDurable, isReplaced } = store.standing;
    if (isDurable && store.appliedPosition > position) {
      await print(store.changesSteps(position, store.appliedPosition, { table }));
      position = store.appliedPosition;
    }
    if (isReplaced) {
      const content = await inSlices(store.contentHashSteps({ at: position, table }));
      return { position, content, appliedHash: position === store.appliedPosition ? store.appliedHash : undefined };
    }
    await setTimeout(POLL_MS);
    store.refresh(table);
  }
}

/** A store that has taken the place of another must go on where that one was. @throws StoreError `STORE_REPLACED` */
export async function checkGoesOn(store: BTreeStore, followed: Followed, table: bigint | undefined): Promise<void> {
  const { position, content, appliedHash } = followed;
  if (store.appliedPosition < position) throw replaced(store.path, position, `has applied ${store.appliedPosition}`);
  const isOtherLog =
    store.appliedPosition === position &&
    appliedHash !== undefined &&
    [appliedHash, store.appliedHash].every((hash) => isHashKnown(hash, position)) &&
    Buffer.compare(appliedHash, store.appliedHash) !== 0;
  if (isOtherLog) throw replaced(store.path, position, 'was fed another log');
  const { hash } = await inSlices(store.contentHashSteps({ at: position, table }));
  if (Buffer.compare(hash, content.hash) !== 0) throw replaced(store.path, position, 'holds something else there');
}

function replaced(path: string, position: bigint, why: string): StoreError {
  const message = `${path} was replaced after position ${position} by another store, which ${why}`;
  const hint = 'what was given until now is of the store before: begin again with the one that is there';
  return new StoreError('STORE_REPLACED', message, { path, position }, hint);
}
