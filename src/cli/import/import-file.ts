/** Imports a file: its records in batches, in bounded memory. */
import { type BTreeStore, isBlank, type ReplaySummary, type Steps } from '../../engine/index.js';
import type { Input } from '../input/input.js';
import { readLines } from '../input/lines.js';
import type { Progress } from '../output/progress.js';
import { howFar } from '../store/replay-input.js';
import { inSlices, TimeSlice } from '../time-slice.js';
import { BatchFeed, type FeedOptions } from './batch-feed.js';
import type { ImportedRecord, LineDecoder } from './record.js';

/** How the records of a file are read. */
export type RecordSource =
  | { readonly kind: 'lines'; readonly decode: LineDecoder }
  | {
      readonly kind: 'records';
      read(input: Input, onBytes: (bytesRead: number) => void): AsyncIterable<Iterable<ImportedRecord>>;
    };

export interface ImportResult {
  readonly summary: ReplaySummary;
  /** Rows or changes of the file that were taken, those of batches that the store had already included. */
  readonly rows: number;
}

/** Feeds a file to the store. However it ends, whole batches are committed, and nothing of the one that was begun. */
export async function importFile(
  store: BTreeStore,
  input: Input,
  source: RecordSource,
  options: FeedOptions,
  progress: Progress,
): Promise<ImportResult> {
  const feed = new BatchFeed(store, options);
  const shown = { bytesRead: 0 };
  const show = () => progress.show((seconds) => howFar(feed.replayer, shown.bytesRead, input.size, seconds));
  try {
    if (source.kind === 'lines') await takeLines(feed, input, source.decode, shown, show);
    else
      await takeRecords(
        feed,
        source.read(input, (bytes) => (shown.bytesRead = bytes)),
        show,
      );
    await inSlices(feed.end(), new TimeSlice(), show);
  } catch (error) {
    await inSlices(feed.replayer.commitRestSteps());
    throw error;
  } finally {
    progress.stop();
  }
  return { summary: feed.replayer.summary, rows: feed.rows };
}

async function takeLines(
  feed: BatchFeed,
  input: Input,
  decode: LineDecoder,
  shown: { bytesRead: number },
  show: () => Promise<void>,
): Promise<void> {
  await readLines(input, {
    *line(line, number) {
      const record = isBlank(line) ? undefined : decode(line, number);
      if (record !== undefined) yield* feed.take(record);
      return true;
    },
    progress: (bytesRead) => {
      shown.bytesRead = bytesRead;
      return show();
    },
  });
}

async function takeRecords(
  feed: BatchFeed,
  blocks: AsyncIterable<Iterable<ImportedRecord>>,
  show: () => Promise<void>,
): Promise<void> {
  const slice = new TimeSlice();
  for await (const block of blocks) await inSlices(takeBlock(feed, block), slice, show);
}

function* takeBlock(feed: BatchFeed, block: Iterable<ImportedRecord>): Steps<void> {
  for (const record of block) yield* feed.take(record);
}
