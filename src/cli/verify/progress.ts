import { PAGE_SIZE, type VerifyProgress } from '../../engine/index.js';
import { grouped, timeLeft } from '../output/replay-progress.js';

/** What the spinner of `verify-pages` says. */
export function verifyProgress(store: string, { pagesDone, pagesTotal }: VerifyProgress, seconds: number): string {
  const fraction = pagesTotal === 0 ? 1 : Math.min(1, pagesDone / pagesTotal);
  const megabytesPerSecond = Math.round((pagesDone * PAGE_SIZE) / seconds / 1e6);
  const parts = [`${store}: ${Math.floor(fraction * 100)} %`, `${grouped(megabytesPerSecond)} MB/s`];
  if (fraction > 0) parts.push(`${timeLeft(seconds, fraction)} left`);
  return parts.join(', ');
}
