/** The progress of a check. */
import { PAGE_SIZE, type VerifyProgress } from '../../engine/index.js';
import { escapeControls } from '../text/escape.js';
import { grouped } from '../text/counts.js';
import { timeLeft } from '../output/replay-progress.js';

/** What the spinner of `verify-pages` says in so many columns; of a long path its end. */
export function verifyProgress(
  store: string,
  { pagesDone, pagesTotal }: VerifyProgress,
  seconds: number,
  columns: number,
): string {
  const fraction = pagesTotal === 0 ? 1 : Math.min(1, pagesDone / pagesTotal);
  const megabytesPerSecond = Math.round((pagesDone * PAGE_SIZE) / seconds / 1e6);
  const parts = [`${Math.floor(fraction * 100)} %`, `${grouped(megabytesPerSecond)} MB/s`];
  if (fraction > 0) parts.push(`${timeLeft(seconds, fraction)} left`);
  const text = parts.join(', ');
  return `${endOf(escapeControls(store), columns - text.length - 2)}: ${text}`;
}

function endOf(path: string, length: number): string {
  const characters = Array.from(path);
  return characters.length <= length ? path : `…${characters.slice(1 - Math.max(length, 2)).join('')}`;
}
