/** Only a sound store is copied: what is damaged would be lost, or look sound in the copy. */
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import type { Steps } from '../steps.js';
import { spanFacts } from '../tree/damaged-keys.js';
import { DAMAGE_CODES } from '../verify/finding-kinds.js';
import type { Finding } from '../verify/findings.js';
import { type VerifyReport, verifySteps } from '../verify/verify.js';
import type { OnPages } from './progress.js';

/**
 * Checks the store that is to be copied.
 *
 * @throws StoreError `PAGE_CORRUPTED`, `SUPERBLOCK_CORRUPTED` or `TREE_CORRUPTED`, by the worst finding; `STORE_TORN`
 */
export function* checkSource(files: FileSystem, path: string, onPages: OnPages): Steps<VerifyReport> {
  const report = yield* verifySteps(path, {
    files,
    findingsMax: 1,
    onProgress: ({ pagesDone, pagesTotal }) => {
      onPages(pagesDone, pagesTotal);
    },
  });
  const [worst] = report.findings;
  if (report.ok || worst === undefined) return report;
  throw unsound(path, worst, report);
}

function unsound(path: string, worst: Finding, { severities: { corrupt, torn } }: VerifyReport): StoreError {
  const { code: finding, page, table, keys } = worst;
  const count = corrupt + torn;
  const others = count > 1 ? `, and ${count - 1} more findings` : '';
  const what = corrupt > 0 ? 'it is damaged' : 'a crash has torn it';
  const message = `${path}: ${what}, and not copied: ${worst.message}${others}`;
  const keyFacts = table === undefined || keys === undefined ? {} : { table, ...spanFacts(keys) };
  const facts = { path, finding, page, ...keyFacts, findings: count };
  return new StoreError(
    corrupt > 0 ? DAMAGE_CODES[worst.level] : 'STORE_TORN',
    message,
    facts,
    `kmb-store verify-pages ${path} says what is wrong, and what to do`,
  );
}
