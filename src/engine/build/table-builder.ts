/** How the tables of each format are read whole, and built from nothing. */
import { emptyTable, noCounts, type Table } from '../catalogue/table.js';
import { FORMAT_1 } from '../format/v1/format.js';
import { FORMAT_2 } from '../format/v2/format.js';
import type { StoreFormat } from '../format/store-format.js';
import type { TableCounts, TableEntry } from '../format/superblock.js';
import type { PageReader } from '../pager/page-reader.js';
import type { PageSink } from '../pager/page-sink.js';
import type { Steps } from '../steps.js';
import { EventBuilder } from './event-builder.js';
import { readEvents } from './event-source.js';
import { IntervalBuilder } from './interval-builder.js';
import { readIntervals } from './interval-source.js';
import type { KeySink } from './key-sink.js';

/** Takes the keys of a table, and makes its trees of them. */
export interface TableBuilder extends KeySink {
  /** @throws StoreError as the sink of its pages */
  finish(): TableEntry;
}

/** What is known of a table before its keys are read. */
export type KnownCounts = Pick<TableCounts, 'oldest' | 'lastChanged'>;

interface CopyFormat {
  read(pages: PageReader, table: Table, sink: KeySink): Steps<void>;
  builder(sink: PageSink, id: bigint, known: KnownCounts): TableBuilder;
}

const COPY_FORMATS = new Map<StoreFormat, CopyFormat>([
  [FORMAT_1, { read: readIntervals, builder: (sink, id) => new IntervalBuilder(sink, emptyTable(id)) }],
  [
    FORMAT_2,
    {
      read: readEvents,
      builder: (sink, id, known) => new EventBuilder(sink, emptyTable(id, { ...noCounts(), ...known })),
    },
  ],
]);

/** How tables of a format are copied. */
export function copyFormatOf(format: StoreFormat): CopyFormat {
  return COPY_FORMATS.get(format) as CopyFormat;
}
