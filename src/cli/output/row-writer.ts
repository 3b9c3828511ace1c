/** Writes rows at the pace of their reader. */
import { counted } from '../text/counts.js';
import { TimeSlice } from '../time-slice.js';
import type { Output } from './output.js';
import type { Progress } from './progress.js';
import type { Steps } from '../../engine/index.js';
import type { RowBytes } from './row-bytes.js';
import type { RowSink } from './row-view.js';

/**
 * Writes all rows, however slow the reader, serving the event loop in between, where they may also give `undefined`.
 * When the rows end in an error, those before it are written.
 */
export async function writeRows<Row>(
  rows: Iterable<Row | undefined>,
  sink: RowSink<Row>,
  output: Output,
  progress?: Progress,
): Promise<void> {
  const slice = new TimeSlice();
  let count = 0;
  try {
    for (const row of rows) {
      if (row !== undefined) {
        count += 1;
        if (output.add(sink.add(row))) await output.flush();
      }
      if (!slice.isOver()) continue;
      await progress?.show(() => counted(count, 'row', 'rows'));
      await slice.pause();
    }
  } finally {
    progress?.stop();
    output.add(sink.end());
    await output.flush();
  }
}

/** As `writeRows`, of rows that `steps` add to `rows`. */
export async function writeRowBytes(
  steps: Steps<void>,
  rows: RowBytes,
  output: Output,
  progress?: Progress,
): Promise<void> {
  const slice = new TimeSlice();
  try {
    while (steps.next().done !== true) {
      if (rows.text.isFull) await output.addBytes(rows.text.take());
      if (!slice.isOver()) continue;
      await progress?.show(() => counted(rows.count, 'row', 'rows'));
      await slice.pause();
    }
  } finally {
    progress?.stop();
    await output.addBytes(rows.text.take());
  }
}
