/** What commands that copy a store say. */
import {
  type BackupSummary,
  type CopyProgress,
  type CopySummary,
  PAGE_SIZE,
  type RewindSummary,
  type UpgradeSummary,
} from '../../engine/index.js';
import { counted, grouped } from '../text/counts.js';

const PHASES = { checking: 'checking the store', copying: 'copying', comparing: 'comparing the copy' } as const;

/** What the spinner of a copy says. */
export function copyProgress({ phase, pagesDone, pagesTotal }: CopyProgress): string {
  // How long a copy will be is not known before it is made.
  if (phase === 'copying') return `${PHASES.copying}: ${counted(pagesDone, 'page', 'pages')} written`;
  const fraction = pagesTotal === 0 ? 1 : Math.min(1, pagesDone / pagesTotal);
  return `${PHASES[phase]}: ${Math.floor(fraction * 100)} %`;
}

/** How much room a copy takes, before it is made. */
export function roomText(path: string, bytes: number): string {
  return `a copy is written beside ${path} first, which takes about ${grouped(bytes)} bytes on disk`;
}

/** What an upgrade has done. */
export function upgradeText({ fromFormat, toFormat, path, ...pages }: UpgradeSummary, isElsewhere: boolean): string {
  if (fromFormat === toFormat && !isElsewhere) return `nothing to do, ${path} has format ${toFormat}`;
  return `${path} has format ${toFormat} now, ${pagesText(pages)}; the Rust crate does not open it`;
}

/** What a backup has come to. */
export function backupText(path: string, { appliedPosition, pages, bytes }: BackupSummary): string {
  return `${path} is a copy as of position ${appliedPosition}, ${counted(pages, 'page', 'pages')} (${grouped(bytes)} bytes)`;
}

/** What a compaction has done, or would do. */
export function compactText(summary: CopySummary, isDone: boolean): string {
  const { path, versionsBefore, versionsAfter, keysDropped, oldest } = summary;
  const dropped = [
    ...(versionsAfter === versionsBefore ? [] : [`${grouped(versionsBefore - versionsAfter)} of them dropped`]),
    ...(keysDropped === 0 ? [] : [`${counted(keysDropped, 'key', 'keys')} dropped`]),
    ...(oldest === 0n ? [] : [`positions from ${oldest} on can be read`]),
  ];
  const [verb, versions] = [isDone ? 'has' : 'would have', counted(versionsBefore, 'version', 'versions')];
  return [`${path} ${verb} ${pagesText(summary)}`, versions, ...dropped].join(', ');
}

/** What a rewind has made. */
export function rewindText(summary: RewindSummary): string {
  const { path, appliedPosition, versionsBefore, versionsAfter } = summary;
  const versions = `${counted(versionsAfter, 'version', 'versions')} of ${grouped(versionsBefore)}`;
  return `${path} is as of position ${appliedPosition}: ${pagesText(summary)}, ${versions}`;
}

/** That a store cannot say which log it was fed. */
export function hashUnknownText(path: string, position: bigint): string {
  return `${path} does not know the hash of the log at position ${position}: a replay goes on after it, and cannot prove that its log is the one before`;
}

function pagesText({ pagesBefore, pagesAfter }: { readonly pagesBefore: number; readonly pagesAfter: number }): string {
  const share = pagesBefore === 0 ? 100 : Math.round((pagesAfter / pagesBefore) * 100);
  return `${counted(pagesAfter, 'page', 'pages')} (${grouped(pagesAfter * PAGE_SIZE)} bytes, ${share} % of ${grouped(pagesBefore)} pages)`;
}
