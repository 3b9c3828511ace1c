/** Which errors are honest answers to what. */
import { expect } from 'chai';
import { StoreError, type StoreErrorCode } from '../../src/engine/index.js';

const DAMAGE_CODES: ReadonlySet<StoreErrorCode> = new Set<StoreErrorCode>([
  'NOT_A_STORE',
  'UNSUPPORTED_VERSION',
  'SUPERBLOCK_CORRUPTED',
  'PAGE_CORRUPTED',
  'TREE_CORRUPTED',
  'STORE_TRUNCATED',
]);

/** How a write that meets damage may end. */
export const DAMAGE_MET_BY_WRITES = ['PAGE_CORRUPTED', 'TREE_CORRUPTED', 'STORE_TRUNCATED', 'TORN_VERSION'] as const;

/** The store is damaged where the answer is, or is not a store: exit 3. */
export const isDamage = (error: unknown): error is StoreError =>
  error instanceof StoreError && DAMAGE_CODES.has(error.code);

/** The result, or the damage that is in its way; any other exception goes on. */
export function attempt<T>(action: () => T): { readonly value: T } | { readonly damage: StoreError } {
  try {
    return { value: action() };
  } catch (error) {
    if (isDamage(error)) return { damage: error };
    throw error;
  }
}

/** The StoreError that an action ends in, which must have one of these codes; undefined when it succeeds. */
export function refusalOf(action: () => unknown, ...codes: readonly StoreErrorCode[]): StoreError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    expect(codes, error.message).to.include(error.code);
    return error;
  }
}

/** As above, and it must not succeed. */
export function expectRefused(action: () => unknown, ...codes: readonly StoreErrorCode[]): StoreError {
  const refusal = refusalOf(action, ...codes);
  if (refusal === undefined) throw new Error(`expected ${codes.join(' or ')}, but nothing was thrown`);
  return refusal;
}
