/** The refusal of a snapshot whose table is no longer there. */
import { StoreError } from '../errors.js';

/** What a reader sees of a table was removed by a writer meanwhile. */
export function gone(table: bigint): StoreError {
  const message = `table ${table} was purged while it was read`;
  return new StoreError('SNAPSHOT_GONE', message, { table }, 'open the store again');
}
