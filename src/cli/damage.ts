import { StoreError, type StoreErrorCode } from '../engine/index.js';

const DAMAGE: readonly StoreErrorCode[] = ['PAGE_CORRUPTED', 'TREE_CORRUPTED', 'SUPERBLOCK_CORRUPTED'];

/**
 * The error that damage ends a command in, with the store's path and who can say more. Any other error stays as it is.
 */
export function damageIn(path: string, error: unknown): unknown {
  if (!(error instanceof StoreError) || !DAMAGE.includes(error.code)) return error;
  const { code, message, facts } = error;
  const sentence = message.startsWith(`${path}: `) ? message : `${path}: ${message}`;
  const hint = error.hint ?? `kmb-store verify-pages ${path} says what is damaged, and what to do`;
  return new StoreError(code, sentence, { path, ...facts }, hint, { cause: error });
}
