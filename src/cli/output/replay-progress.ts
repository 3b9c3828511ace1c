import type { ReplaySummary } from '../../engine/index.js';

/** What the spinner of `replay` says; `fraction` of the log that is read, where its size is known. */
export function replayProgress(summary: ReplaySummary, seconds: number, fraction: number | undefined): string {
  const parts = [
    `position ${summary.toPosition}`,
    counted(summary.applied, 'batch', 'batches'),
    counted(summary.operations, 'operation', 'operations'),
    `${grouped(rate(summary.operations, seconds))} operations/s`,
  ];
  if (summary.skipped > 0) parts.push(`${grouped(summary.skipped)} skipped`);
  if (fraction !== undefined && fraction > 0)
    parts.push(`${Math.floor(fraction * 100)} %, ${timeLeft(seconds, fraction)} left`);
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

function rate(count: number, seconds: number): number {
  return seconds > 0 ? Math.round(count / seconds) : 0;
}

function timeLeft(seconds: number, fraction: number): string {
  const left = Math.ceil((seconds * (1 - fraction)) / fraction);
  return left < 60 ? `${left} s` : `${Math.floor(left / 60)} min ${left % 60} s`;
}

function counted(count: number, one: string, many: string): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `1234567` as `1,234,567`; without Intl, which costs start-up. */
function grouped(count: number): string {
  return count.toString().replace(/\B(?=(\d{3})+$)/g, ',');
}
