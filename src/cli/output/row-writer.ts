import { TimeSlice } from '../time-slice.js';
import type { Output } from './output.js';
import type { RowSink } from './row-view.js';

/**
 * Writes all rows, however slow the reader, serving the event loop in between, where they may also give `undefined`.
 * When the rows end in an error, those before it are written.
 */
export async function writeRows<Row>(
  rows: Iterable<Row | undefined>,
  sink: RowSink<Row>,
  output: Output,
): Promise<void> {
  const slice = new TimeSlice();
  try {
    for (const row of rows) {
      if (row !== undefined && output.add(sink.add(row))) await output.flush();
      if (slice.isOver()) await slice.pause();
    }
  } finally {
    output.add(sink.end());
    await output.flush();
  }
}
