/** Counts what is in a store, on the way of the check through its trees. */
import { StoreError } from '../errors.js';
import { isSalvaged } from '../format/v2/features.js';
import type { Steps } from '../steps.js';
import { formatNumber } from '../format/formats.js';
import { DAMAGE_CODES, FINDING_KINDS } from '../verify/finding-kinds.js';
import { FindingLog } from '../verify/findings.js';
import type { Forest } from '../verify/forest.js';
import type { PageFileReader } from '../verify/page-file-reader.js';
import { COPY_PAGE, type SuperblockContent } from '../verify/stored-superblock.js';
import { checkSuperblock } from '../verify/superblock-check.js';
import { surveyStore } from '../verify/survey.js';
import { checkTables } from '../verify/tables-check.js';
import type { StatReport } from './report.js';
import { StoreTally } from './store-tally.js';

/** How far the count has come. */
export interface StatProgress {
  readonly pagesDone: number;
  readonly pagesTotal: number;
}

/**
 * @param table undefined: all of them
 * @returns undefined when the store was changed meanwhile
 * @throws StoreError damage
 */
export function* countStore(
  source: PageFileReader,
  table: bigint | undefined,
  onProgress: (progress: StatProgress) => void,
): Steps<Omit<StatReport, 'foreignFile'> | undefined> {
  const log = new FindingLog(1);
  const tally = new StoreTally(table, false);
  const survey = yield* surveyStore(source, log, tally);
  const { stored, forest, listed } = survey;
  const { content } = stored;
  // A moment ago the superblock could be read.
  if (content === undefined) return undefined;
  checkSuperblock(stored, listed, forest, 1, log);
  const { pages, free } = forest;
  yield* checkTables(survey.tables(), forest, (reached) => {
    onProgress({ pagesDone: Math.min(pages, forest.firstPage + free.size + reached), pagesTotal: pages });
  });
  if (source.isChanged(stored.page)) return undefined;
  refuseDamage(log, forest);
  return { ...storeFigures(content, forest, tally, table === undefined), ...tally.figures() };
}

function storeFigures(
  content: SuperblockContent,
  { source, pages, firstPage, free, reached }: Forest,
  { cataloguePages }: StoreTally,
  isWhole: boolean,
): Omit<StatReport, 'foreignFile' | keyof ReturnType<StoreTally['figures']>> {
  const { format, appliedPosition, appliedHash, pageId } = content;
  const unused = Math.max(0, pages - firstPage - free.size - reached.size);
  return {
    format: formatNumber(format),
    isFast: false,
    pages,
    bytes: source.size,
    appliedPosition,
    appliedHash,
    isSalvaged: isSalvaged(content),
    isCopyUsed: pageId === COPY_PAGE,
    storePages: {
      superblock: firstPage,
      catalogue: cataloguePages,
      free: free.size,
      leaked: isWhole ? unused : null,
    },
  };
}

/** Where something is out of reach, figures would be too small without saying so. */
function refuseDamage(log: FindingLog, { tally }: Forest): void {
  const worst = log.findings().find(({ severity }) => severity === 'corrupt');
  if (worst !== undefined) {
    const { code, message, page } = worst;
    throw new StoreError(DAMAGE_CODES[FINDING_KINDS[code].level], message, { page, fault: code });
  }
  if (tally.blind) throw new StoreError('TREE_CORRUPTED', 'there are pages that cannot be reached', {});
}
