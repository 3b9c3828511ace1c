/** What a record of somebody else's file means for a store. */
import type { WriteOp } from '../../engine/index.js';
import { CliError, type CliFacts } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';

export interface ImportedRecord {
  /** The line of the file that it begins on, from 1. */
  readonly line: number;
  readonly operations: readonly WriteOp[];
  /** Whether a batch ends with it, as a transaction does; where it is not said, batches end by their records. */
  readonly endsBatch?: boolean;
  /** How many rows or changes of the file it is (default: 1). */
  readonly rows?: number;
}

/** Reads records that are one line each; undefined for a line that means nothing. */
export type LineDecoder = (line: Uint8Array, number: number) => ImportedRecord | undefined;

/** A record that is not what it must be, on a line from 1. */
export function badRecord(line: number, reason: string, facts: CliFacts = {}, hint?: string): CliError {
  return new CliError('INVALID_RECORD', EXIT.refused, `line ${line}: ${reason}`, {
    facts: { line, reason, ...facts },
    hint,
  });
}
