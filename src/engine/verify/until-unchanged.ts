/** Looks at a whole store, and begins again when it was changed meanwhile. */
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { StoreFile } from '../pager/store-file.js';
import { openStoreFile } from '../pager/store-name.js';
import type { Steps } from '../steps.js';

/** So often it begins again. */
const RESTARTS = 3;

/**
 * Does what looks at all of a store until the store was not changed by it.
 *
 * @param look gives undefined when the store was changed meanwhile
 * @throws StoreError `STORE_CHANGING`, what opening the file throws
 */
export function* untilUnchanged<Result>(
  files: FileSystem,
  path: string,
  look: (storeFile: StoreFile, isRestart: boolean) => Steps<Result | undefined>,
): Steps<Result> {
  for (let restarts = 0; restarts <= RESTARTS; restarts++) {
    // What cannot be opened is called by the name that it was given.
    openStoreFile(files, path, 'read').close();
    const storeFile = StoreFile.open(files, files.resolve(path) ?? path);
    try {
      const result = yield* look(storeFile, restarts > 0);
      if (result !== undefined) return result;
    } finally {
      storeFile.close();
    }
  }
  throw new StoreError(
    'STORE_CHANGING',
    `${path} was changed each of the ${RESTARTS + 1} times that it was checked`,
    { path, checks: RESTARTS + 1 },
    'check it when nobody writes to it, or check a copy',
  );
}
