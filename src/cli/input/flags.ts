/** The flags that commands share. */
import { boolean, custom, string } from '@oclif/core/flags';
import { parseCachePages, parseMilliseconds, parseU64 } from '../text/numbers.js';

const OUTPUT_GROUP = 'OUTPUT';
const STORE_GROUP = 'STORE';
/** The formats of stores; 1 is that of the Rust crate. */
export const STORE_FORMATS = ['1', '2'];
/** The one that new stores get. */
export const NEW_STORE_FORMAT = '2';

/** A flag with an unsigned 64-bit number: a table id, a position, a count. */
export const u64Flag = custom<bigint>({
  parse: (text, _context, flag) => Promise.resolve(parseU64(text, `--${flag.name}`)),
});

/** What the output looks like. */
export const outputFlags = {
  json: boolean({
    description: 'Print JSON: one object, or one a line. Errors too, on stderr.',
    helpGroup: OUTPUT_GROUP,
  }),
  'no-color': boolean({ description: 'Print no colours.', helpGroup: OUTPUT_GROUP }),
};

/** The flags that every command on a store has. */
export const commonFlags = {
  ...outputFlags,
  cache: custom<number>({
    description: 'Memory for pages: bytes, or a number with KiB, MiB or GiB. Default 64MiB, at least 128KiB.',
    helpGroup: STORE_GROUP,
    helpValue: 'SIZE',
    parse: (text, _context, flag) => Promise.resolve(parseCachePages(text, `--${flag.name}`)),
  })(),
};

/** `--lock-timeout`, for commands that write. */
export const lockFlag = {
  'lock-timeout': custom<number>({
    description: 'How long to wait for another process that writes the store; 0 = do not wait. Default 5.',
    helpGroup: STORE_GROUP,
    helpValue: 'SECONDS',
    parse: (text, _context, flag) => Promise.resolve(parseMilliseconds(text, `--${flag.name}`)),
  })(),
};

/** For commands that make a store where there is none. */
export const createFlags = {
  ...lockFlag,
  format: string({
    description: `Format of a new store, 1 or 2. Default ${NEW_STORE_FORMAT}. A store that is there must have it.`,
    helpGroup: STORE_GROUP,
    options: STORE_FORMATS,
  }),
};

/** `--table`, for commands that work on one table. */
export const tableFlag = {
  table: u64Flag({
    description: 'Table id. Without it, the only table of the store, or 1 when it has none.',
    helpGroup: STORE_GROUP,
    helpValue: 'ID',
  }),
};

/** `--key-hex`, for commands that are given keys. */
export const keyHexFlag = {
  'key-hex': boolean({ description: 'Keys on the command line are written in hex.' }),
};

/** `--at`, for commands that can look back. */
export const atFlag = {
  at: u64Flag({ description: 'Answer as of this position of the log.', helpValue: 'POSITION' }),
};

const boundFlags = {
  from: string({ description: 'First key of the range.', helpValue: 'KEY' }),
  to: string({ description: 'End of the range: the first key that is no longer in it.', helpValue: 'KEY' }),
  prefix: string({ description: 'Only keys that begin with this.', helpValue: 'KEY' }),
};

/** `--limit`, for commands that print rows. */
export const limitFlag = { limit: u64Flag({ description: 'At most N rows.', helpValue: 'N' }) };

/** The flags that choose rows: the same for every command that goes through a range. */
export const rangeFlags = {
  ...tableFlag,
  ...keyHexFlag,
  ...atFlag,
  'all-tables': boolean({ description: 'Rows of all tables, in the order of their ids.', exclusive: ['table'] }),
  ...boundFlags,
  ...limitFlag,
};

/** For commands that look at a whole store, unless they are told not to. */
export const wholeStoreFlags = {
  table: u64Flag({ description: 'Only this table. Default all.', helpGroup: STORE_GROUP, helpValue: 'ID' }),
  'all-tables': boolean({ description: 'All tables, which is the default.', exclusive: ['table'] }),
};

/** The same for those that can look at a range of keys. */
export const spanFlags = { ...wholeStoreFlags, ...keyHexFlag, ...atFlag, ...boundFlags };
