/** Operations from input, as `apply` reads them. */
import { decodeOperation, isBlank, StoreError, type WriteBatch } from '../../engine/index.js';
import type { Input } from '../input/input.js';
import { readLines } from '../input/lines.js';
import type { Progress } from '../output/progress.js';
import { counted } from '../text/counts.js';

/**
 * Reads operations, one a line as in the log, into a batch. Blank lines are skipped; an error says on which line it is.
 */
export async function readOperations(input: Input, batch: WriteBatch, progress: Progress): Promise<void> {
  await readLines(input, {
    *line(line, number) {
      if (!isBlank(line)) decodeOnLine(line, number, batch);
      yield;
      return true;
    },
    progress: () => progress.show(() => `${counted(batch.operationCount, 'operation', 'operations')} read`),
  });
}

function decodeOnLine(line: Uint8Array, number: number, batch: WriteBatch): void {
  try {
    decodeOperation(line, batch);
  } catch (error) {
    throw error instanceof StoreError ? error.with({ line: number }) : error;
  }
}
