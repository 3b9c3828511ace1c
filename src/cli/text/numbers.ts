/** Numbers and sizes from arguments. */
import { MAX_U64, MIN_CACHE_PAGES, PAGE_SIZE } from '../../engine/index.js';
import { UsageError } from '../cli-error.js';

const LONGEST_U64 = MAX_U64.toString().length;

/** An unsigned 64-bit number: decimal digits and nothing else. `name` is the flag or argument, for the error. */
export function parseU64(text: string, name: string): bigint {
  if (!/^[0-9]+$/.test(text)) {
    throw new UsageError('INVALID_NUMBER', `${name} is not a number of decimal digits: ${text}`, { name, text });
  }
  const digits = text.replace(/^0+(?=.)/, '');
  const value = digits.length > LONGEST_U64 ? undefined : BigInt(digits);
  if (value === undefined || value > MAX_U64) {
    throw new UsageError('INVALID_NUMBER', `${name} is above 2^64−1: ${text}`, { name, text });
  }
  return value;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };
const SIZE_HINT = 'write bytes, or a number with KiB, MiB or GiB, as in 64MiB';

/** The number of pages in a cache of the size `text` (`4194304`, `128KiB`, `64MiB`, `2GiB`). */
export function parseCachePages(text: string, name: string): number {
  const match = /^([0-9]+)(KiB|MiB|GiB)?$/.exec(text);
  if (match === null) throw new UsageError('INVALID_SIZE', `${name} is not a size: ${text}`, { name, text }, SIZE_HINT);
  const bytes = Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1);
  const pages = Math.floor(bytes / PAGE_SIZE);
  if (!Number.isSafeInteger(bytes)) {
    throw new UsageError('INVALID_SIZE', `${name} is too large: ${text}`, { name, text }, SIZE_HINT);
  }
  if (pages < MIN_CACHE_PAGES) {
    throw new UsageError(
      'INVALID_SIZE',
      `${name} is below ${MIN_CACHE_PAGES} pages of ${PAGE_SIZE} bytes: ${text}`,
      { name, text, pages, pagesMin: MIN_CACHE_PAGES },
      SIZE_HINT,
    );
  }
  return pages;
}

/** The milliseconds of a number of seconds, with or without decimals (`5`, `0.25`). */
export function parseMilliseconds(text: string, name: string): number {
  if (!/^[0-9]+(\.[0-9]+)?$/.test(text)) {
    const hint = 'write seconds, with decimals if need be, as in 0.5';
    throw new UsageError('INVALID_DURATION', `${name} is not a number of seconds: ${text}`, { name, text }, hint);
  }
  const milliseconds = Number(text) * 1000;
  if (Number.isSafeInteger(Math.ceil(milliseconds))) return milliseconds;
  throw new UsageError('INVALID_DURATION', `${name} is too long: ${text}`, { name, text });
}

const JOBS_MAX = 1024;

/** A number of processes. */
export function parseJobs(text: string, name: string): number {
  const jobs = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  if (jobs >= 1 && jobs <= JOBS_MAX) return jobs;
  const hint = `a whole number from 1 to ${JOBS_MAX}`;
  throw new UsageError('INVALID_NUMBER', `${name} is not a number of processes: ${text}`, { name, text }, hint);
}
