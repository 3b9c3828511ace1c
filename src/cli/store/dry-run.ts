/** What a command would do, on a store that it leaves as it is. */
import { nodeFiles, PAGE_SIZE, ShadowFiles, StoreError } from '../../engine/index.js';

/** How large a store is, and how large it would be. */
export interface DryRunSize {
  readonly pagesBefore: number;
  readonly pages: number;
  readonly bytes: number;
}

/**
 * Has something done to files over those that are there. It takes no lock: where a writer has changed the store
 * meanwhile, nothing that was found counts.
 *
 * @throws StoreError `STORE_CHANGING`
 */
export async function dryRun<R>(path: string, run: (files: ShadowFiles) => Promise<R>): Promise<R & DryRunSize> {
  const files = new ShadowFiles(nodeFiles);
  const pagesBefore = pagesOf(sizeOf(nodeFiles, path));
  try {
    const result = await run(files);
    if (files.hasChangedBeneath()) throw changing(path);
    const bytes = sizeOf(files, files.resolve(path) ?? files.resolveNewPath(path));
    return { ...result, pagesBefore, pages: pagesOf(bytes), bytes };
  } catch (error) {
    throw files.hasChangedBeneath() ? changing(path) : error;
  } finally {
    files.close();
  }
}

function sizeOf(files: Pick<ShadowFiles, 'resolve' | 'open'>, path: string): number {
  const resolved = files.resolve(path);
  if (resolved === undefined) return 0;
  const file = files.open(resolved, 'read');
  try {
    return file.size();
  } finally {
    file.close();
  }
}

function pagesOf(bytes: number): number {
  return Math.floor(bytes / PAGE_SIZE);
}

function changing(path: string): StoreError {
  return new StoreError('STORE_CHANGING', `${path} was changed by a writer while the dry run looked at it`, { path });
}
