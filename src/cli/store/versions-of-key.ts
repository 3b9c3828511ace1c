/** The versions of a key, one by one. */
import { type BTreeStore, MAX_U64 } from '../../engine/index.js';
import { keyNotFound } from '../cli-error.js';
import type { TableVersion } from '../output/versions-view.js';

/** Which versions are asked for. */
export interface VersionsRequest {
  readonly table: bigint;
  readonly key: Uint8Array;
  readonly at: bigint | undefined;
  readonly limit?: bigint | undefined;
  readonly reverse: boolean;
}

/** The versions that are asked for, as they are read; a key that has none is a clean no. */
export function* versionsOfKey(store: BTreeStore, request: VersionsRequest): Generator<TableVersion, void> {
  const { table, key, at, limit = MAX_U64, reverse } = request;
  const versions = store.versions(table, key, { at, reverse });
  // One is looked for with a limit of 0, too: whether the key is there is a part of the answer.
  for (let passed = 0n; passed === 0n || passed < limit; passed++) {
    const step = versions.next();
    if (step.done === true && passed === 0n) throw keyNotFound(table, key);
    if (step.done === true) return;
    if (limit > 0n) yield { table, key, ...step.value };
  }
}
