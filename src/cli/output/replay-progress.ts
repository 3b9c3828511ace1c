/** The progress of a replay, and how long the rest takes. */
import type { NotCompared, ReplaySummary } from '../../engine/index.js';
import type { DryRunSize } from '../store/dry-run.js';
import { counted, grouped } from '../text/counts.js';

/** How far a replay has come. */
export interface ReplayState {
  readonly summary: ReplaySummary;
  readonly uncommittedOperations: number;
  readonly seconds: number;
  /** How much of the log is read, where its size is known. */
  readonly fraction: number | undefined;
}

const PROGRESS_MAX = 76;

/** What the spinner of `replay` says; `0 batches` is no news while the first group is gathered. */
export function replayProgress({ summary, uncommittedOperations, seconds, fraction }: ReplayState): string {
  const operations = summary.operations + uncommittedOperations;
  const rest = fraction !== undefined && fraction > 0;
  const parts = [
    `position ${summary.toPosition}`,
    ...(summary.applied > 0 ? [counted(summary.applied, 'batch', 'batches')] : []),
    ...(summary.skipped > 0 ? [`${grouped(summary.skipped)} skipped`] : []),
    ...(uncommittedOperations > 0 ? [`${grouped(uncommittedOperations)} operations gathered`] : []),
    ...(operations > 0 ? [`${grouped(rate(operations, seconds))} operations/s`] : []),
    ...(rest ? [`${Math.floor(fraction * 100)} %, ${timeLeft(seconds, fraction)} left`] : []),
  ];
  if (parts.length === 1) parts.push('reading');
  // On a terminal of 80 columns what has been done gives way to how long it takes.
  while (parts.length > 1 && parts.join(', ').length > PROGRESS_MAX) parts.shift();
  return parts.join(', ');
}

/** What `replay` has done, as one line. */
export function replayText(summary: ReplaySummary, seconds: number): string {
  const { applied, skipped, operations, fromPosition, toPosition } = summary;
  return (
    `applied ${counted(applied, 'batch', 'batches')} with ${counted(operations, 'operation', 'operations')}, ` +
    `skipped ${grouped(skipped)}, from position ${fromPosition} to ${toPosition} in ${seconds.toFixed(2)} s`
  );
}

/** What `import` has done, as one line. */
export function importText(summary: ReplaySummary, rows: number, seconds: number): string {
  return `${counted(rows, 'row', 'rows')} read; ${replayText(summary, seconds)}`;
}

/** What `replay --dry-run` would have done, as one line. */
export function dryRunText(summary: ReplaySummary, { pagesBefore, pages, bytes }: DryRunSize): string {
  const { applied, skipped, operations, fromPosition, toPosition } = summary;
  return (
    `would apply ${counted(applied, 'batch', 'batches')} with ${counted(operations, 'operation', 'operations')}, ` +
    `skip ${grouped(skipped)}, from position ${fromPosition} to ${toPosition}; the store would grow from ` +
    `${grouped(pagesBefore)} to ${counted(pages, 'page', 'pages')}, ${counted(bytes, 'byte', 'bytes')}`
  );
}

const NOT_COMPARED: Readonly<Record<NotCompared, string>> = {
  'log-ends': 'what was read of the log ends before the position of the store',
  'log-begins-late': 'the log does not begin at position 1',
  'hash-unknown': 'the store does not know the hash of the log that it was fed',
};

/** What a replay has not checked, so that it is not taken for a check that has passed. */
export function notComparedText(reason: NotCompared, { skipped, fromPosition }: ReplaySummary): string {
  const what = skipped === 0 ? 'the log was' : counted(skipped, 'skipped batch was', 'skipped batches were');
  const fact = `${what} not compared with what the store has applied up to position ${fromPosition}: ${NOT_COMPARED[reason]}`;
  return `${fact}; kmb-store verify-log compares a log with the content`;
}

/** What a replay onto a store that has lost something says. */
export function salvagedText(path: string, { fromPosition }: ReplaySummary): string {
  return `${path} was salvaged with losses: its history up to position ${fromPosition} is not known, and what is lost stays lost; kmb-store salvage --log, or a replay of the whole log into a new store, has all of it`;
}

function rate(count: number, seconds: number): number {
  return seconds > 0 ? Math.round(count / seconds) : 0;
}

/** How long the rest takes when `fraction` took this many seconds. */
export function timeLeft(seconds: number, fraction: number): string {
  const left = Math.ceil((seconds * (1 - fraction)) / fraction);
  return left < 60 ? `${left} s` : `${Math.floor(left / 60)} min ${left % 60} s`;
}
