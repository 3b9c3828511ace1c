/** What is asked about a key. */
export interface Question {
  readonly table: bigint;
  readonly key: Uint8Array;
  /** The position that is asked about. */
  readonly at: bigint;
}
