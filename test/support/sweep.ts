/**
 * A sweep changes every byte of a store, one at a time, and asks what is found. Where the checksum of the page is made
 * right again, no check inside the page can tell a byte of a value from another one: the sweep counts such changes too.
 */
import { type Severity, verify } from '../../src/engine/index.js';
import { healthyStore } from './damage.js';
import { decodeSuperblock, PAGE_BYTES, pageOf } from './format1-decode.js';
import { seal } from './format2/encode.js';
import { checkFormat2 } from './format2-check.js';
import { decodeFormat2 } from './format2-decode.js';
import { smallStore } from './format2-stores.js';
import { writeFormat2 } from './format2-writer.js';
import { memoryWith, STORE_PATH } from './memory-store.js';
import { readEntries } from './read-rows.js';
import { checkStructure, CRATE_FILES } from './structure-check.js';

/** All that can be read from a store, as text, part by part. */
type Content = Readonly<Record<string, string>>;

/** A store to be swept. */
export interface SweepSubject {
  readonly name: string;
  readonly store: Buffer;
  /** What another checker finds. */
  readonly check: (bytes: Buffer) => readonly unknown[];
  readonly contentOf: (bytes: Buffer) => Content;
}

export interface SweepOptions {
  /** Whether the checksum of the changed page is made right again. */
  readonly reseal: boolean;
  /** What each byte is combined with by exclusive or. */
  readonly masks: readonly number[];
  /** Only every this many bytes (default 1). */
  readonly step?: number;
  /** Only bytes from here (inclusive) to there (exclusive). */
  readonly from?: number;
  readonly to?: number;
}

export interface SweepResult {
  changes: number;
  /** Changes that were found, by the worst that was found. */
  readonly found: Record<Severity, number>;
  /** Not found, and nothing that can be read is changed by them. */
  unread: number;
  /** Not found, and something reads as another legal value, by what that is. */
  readonly legal: Record<string, number>;
  /** What the other checker sees and `verify` does not: none, or it has a gap. */
  readonly missed: string[];
}

export function sweep(subject: SweepSubject, options: SweepOptions): SweepResult {
  const { store } = subject;
  const { reseal, masks, step = 1, from = 0, to = store.length } = options;
  const result: SweepResult = {
    changes: 0,
    found: { corrupt: 0, torn: 0, leak: 0, odd: 0 },
    unread: 0,
    legal: {},
    missed: [],
  };
  const before = subject.contentOf(store);
  for (let at = from; at < to; at += step) {
    for (const mask of masks) {
      const bytes = Buffer.from(store);
      bytes[at] = (bytes[at] ?? 0) ^ mask;
      if (reseal) seal(pageOf(bytes, Math.floor(at / PAGE_BYTES)));
      // A checksum that is made right again: nothing was changed.
      if (!bytes.equals(store)) judge(bytes, before, `byte ${at} xor ${mask}`, subject, result);
    }
  }
  return result;
}

function judge(bytes: Buffer, before: Content, change: string, subject: SweepSubject, result: SweepResult): void {
  result.changes += 1;
  const { findings } = verify(STORE_PATH, { files: memoryWith(bytes), findingsMax: 1 });
  const [worst] = findings;
  if (worst !== undefined) {
    result.found[worst.severity] += 1;
    return;
  }
  if (subject.check(bytes).length > 0) result.missed.push(change);
  const after = subject.contentOf(bytes);
  const changed = Object.keys(before).find((name) => before[name] !== after[name]);
  if (changed === undefined) result.unread += 1;
  else result.legal[changed] = (result.legal[changed] ?? 0) + 1;
}

function contentOf1(bytes: Buffer): Content {
  const superblock = decodeSuperblock(pageOf(bytes, 0), CRATE_FILES, () => undefined);
  const entries = readEntries(bytes);
  const versions = entries.flatMap((entry) => entry.versions);
  return {
    'applied position': String(superblock?.appliedPosition),
    'applied hash': String(superblock?.appliedHash.toString('hex')),
    'table id': String(superblock?.tables.map(({ id }) => id)),
    key: entries.map(({ keyHex }) => keyHex).join(),
    'position of a version': versions.map(({ createdAt, deletedAt }) => `${createdAt}-${deletedAt}`).join(),
    value: versions.map(({ data }) => data.toString('hex')).join(),
  };
}

function contentOf2(bytes: Buffer): Content {
  const { superblock, tables, historyOf } = decodeFormat2(bytes);
  const keys = tables.flatMap(({ record: { id }, keys }) => [...keys.values()].map(({ key }) => ({ id, key })));
  const events = keys.flatMap(({ id, key }) => historyOf(id, key));
  return {
    'applied position': String(superblock?.appliedPosition),
    'applied hash': String(superblock?.appliedHash.toString('hex')),
    'table id': String(tables.map(({ record: { id } }) => id)),
    key: keys.map(({ key }) => key.toString('hex')).join(),
    'position of an event': events.map(({ position }) => position).join(),
    value: events.map(({ value }) => String(value)).join(),
  };
}

export const SWEPT_1: SweepSubject = {
  name: 'format 1',
  store: healthyStore(),
  check: (bytes) => checkStructure(bytes, CRATE_FILES),
  contentOf: contentOf1,
};

export const SWEPT_2: SweepSubject = {
  name: 'format 2',
  store: writeFormat2(smallStore),
  check: checkFormat2,
  contentOf: contentOf2,
};
