/** A fact of an error: u64 values are `bigint`, byte strings are hex text. */
export type Fact = bigint | number | string | null;
export type Facts = Readonly<Record<string, Fact>>;

/**
 * What went wrong, as a stable name that programs may rely on.
 *
 * Damage, or no store at all: `NOT_A_STORE` … `STORE_TORN`.
 * Refused, and nothing changed: `NON_SEQUENTIAL_BATCH` … `OUTPUT_IS_INPUT`.
 * Busy: `STORE_CHANGING` … `LOCK_LOST`.
 * The operating system said no: `STORE_NOT_FOUND` … `STORE_FAILED`; of another file than the store `FILE_NOT_FOUND`,
 * `FILE_EXISTS`, `NOT_A_FILE`.
 * A mistake in the calling program: `INVALID_ARGUMENT`, `STORE_CLOSED`; in this one: `COPY_DIFFERS`.
 */
export type StoreErrorCode =
  | 'NOT_A_STORE'
  | 'UNSUPPORTED_VERSION'
  | 'SUPERBLOCK_CORRUPTED'
  | 'PAGE_CORRUPTED'
  | 'TREE_CORRUPTED'
  | 'STORE_TRUNCATED'
  | 'JOURNAL_FOREIGN'
  | 'JOURNAL_CORRUPTED'
  | 'SUPERBLOCK_COPY_USED'
  | 'STORE_TORN'
  | 'NON_SEQUENTIAL_BATCH'
  | 'KEY_TOO_LONG'
  | 'ENTRY_TOO_LARGE'
  | 'VALUE_TOO_LARGE'
  | 'BATCH_TOO_LARGE'
  | 'TOO_MANY_TABLES'
  | 'POSITION_BEYOND_APPLIED'
  | 'POSITION_FORGOTTEN'
  | 'POSITIONS_EXHAUSTED'
  | 'TORN_VERSION'
  | 'INVALID_LOG_LINE'
  | 'LOG_GAP'
  | 'LOG_MISMATCH'
  | 'LINE_TOO_LONG'
  | 'READ_ONLY'
  | 'FEATURE_UNSUPPORTED'
  | 'FORMAT_MISMATCH'
  | 'PAGE_BEYOND_END'
  | 'STORE_HAS_LINKS'
  | 'STORE_NAME_TOO_LONG'
  | 'STORE_TOO_LARGE'
  | 'STORE_IS_MOUNT_POINT'
  | 'SIDE_FILE_FOREIGN'
  | 'SNAPSHOT_GONE'
  | 'OUTPUT_EXISTS'
  | 'OUTPUT_IS_INPUT'
  | 'STORE_CHANGING'
  | 'STORE_LOCKED'
  | 'STORE_REPLACED'
  | 'LOCK_LOST'
  | 'STORE_NOT_FOUND'
  | 'STORE_EXISTS'
  | 'FILE_NOT_FOUND'
  | 'FILE_EXISTS'
  | 'NOT_A_FILE'
  | 'IO_ERROR'
  | 'STORE_FAILED'
  | 'INVALID_ARGUMENT'
  | 'STORE_CLOSED'
  | 'COPY_DIFFERS';

/**
 * The one error class of the engine: a stable code, the facts as fields, a sentence, and where there is one a way
 * out.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  constructor(
    readonly code: StoreErrorCode,
    message: string,
    readonly facts: Facts = {},
    readonly hint?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The same error with more facts: what the place that threw it could not know. */
  with(facts: Facts): StoreError {
    return new StoreError(this.code, this.message, { ...this.facts, ...facts }, this.hint, { cause: this });
  }
}

/** Whether a page is not what it must be: content is damaged there, and may be sound elsewhere. */
export function isDamage({ code }: StoreError): boolean {
  return code === 'PAGE_CORRUPTED' || code === 'TREE_CORRUPTED' || code === 'SUPERBLOCK_CORRUPTED';
}
