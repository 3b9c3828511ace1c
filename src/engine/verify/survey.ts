/**
 * What a check must know before it looks at pages: what the superblock says, what tables there are, which pages are
 * free.
 */
import { PAGE_SIZE } from '../format/layout.js';
import { storeTagOf } from '../pager/page-reader.js';
import type { Steps } from '../steps.js';
import { CatalogueCheck } from './catalogue-check.js';
import { EventCheck } from './event-check.js';
import type { FindingLog } from './findings.js';
import type { StoreVisitor } from './store-visitor.js';
import { Forest, type ForestParts } from './forest.js';
import { addGroup } from './free-pages.js';
import { PageJudge } from './page-problems.js';
import type { PageFileReader } from './page-file-reader.js';
import { checkRoots } from './superblock-check.js';
import {
  COPY_PAGE,
  readSuperblock,
  storeEnd,
  type StoredSuperblock,
  type SuperblockContent,
  type TableRecord,
  tablesIn,
} from './stored-superblock.js';
import type { Second } from './threads/second-thread.js';
import { VersionCheck } from './version-check.js';

/** `none`: the format has no free map. `unknown`: it cannot be read. */
export type MapState = 'none' | 'known' | 'unknown';

export interface Survey {
  readonly stored: StoredSuperblock;
  readonly forest: Forest;
  /** The tables that the superblock lists. */
  readonly listed: readonly TableRecord[];
  readonly freeMap: MapState;
  /** All tables, one after the other; to be asked for once. */
  tables(): Iterable<TableRecord>;
}

/**
 * Reads the superblock, and checks the catalogue where there is one.
 *
 * @param visitor sees what the walks see that come after
 * @param second takes part in what comes after
 */
export function* surveyStore(
  source: PageFileReader,
  log: FindingLog,
  visitor?: StoreVisitor,
  second?: Second,
): Steps<Survey> {
  const stored = readSuperblock(source);
  const { content } = stored;
  if (content === undefined) {
    const freeMap = stored.copy === undefined ? 'none' : 'unknown';
    return { stored, forest: bareForest(source, stored, log), listed: [], freeMap, tables: () => [] };
  }
  const forest = plantForest(source, content, log, { visitor, second });
  const listed = tablesIn(content);
  visitor?.begin?.(content);
  const seen = (tables: Iterable<TableRecord>) => visitor?.tables?.(content, tables) ?? tables;
  const { record } = content;
  if (record === undefined) return { stored, forest, listed, freeMap: 'none', tables: () => seen(listed) };
  forest.recordedKeys.begin();
  for (const group of record.freeGroups) addGroup(forest.free, group, forest.firstPage, forest.nextPageId);
  if (record.catalogue === null) return { stored, forest, listed, freeMap: 'known', tables: () => seen(listed) };
  const catalogue = new CatalogueCheck(content, forest);
  yield* catalogue.steps(forest.free);
  const freeMap = catalogue.isMapKnown ? 'known' : 'unknown';
  return { stored, forest, listed, freeMap, tables: () => seen(allTables(listed, catalogue, forest)) };
}

function plantForest(
  source: PageFileReader,
  content: SuperblockContent,
  log: FindingLog,
  company: Pick<ForestParts, 'visitor' | 'second'>,
): Forest {
  const { nextPageId, appliedPosition, record, format } = content;
  const pages = Math.floor(source.size / PAGE_SIZE);
  const storeTag = storeTagOf(content);
  const forest = new Forest({
    source,
    pages,
    firstPage: format.superblock.pageIds.length,
    end: storeEnd(nextPageId, pages),
    nextPageId,
    judge: new PageJudge(format, record === undefined ? undefined : storeTag),
    storeTag,
    positions: record === undefined ? new VersionCheck(appliedPosition) : new EventCheck(appliedPosition),
    appliedPosition,
    log,
    ...company,
  });
  forest.tally.blind = content.tablesLost;
  forest.addRoot(record?.catalogue?.root);
  for (const table of content.tables) {
    forest.addRoot(table.root);
    forest.addRoot(table.record?.historyRoot);
  }
  return forest;
}

/** Of a store of which nothing is known. */
function bareForest(source: PageFileReader, { copy }: StoredSuperblock, log: FindingLog): Forest {
  const pages = Math.floor(source.size / PAGE_SIZE);
  const forest = new Forest({
    source,
    pages,
    // That there is a copy of the superblock may be all that can be read.
    firstPage: copy === undefined ? 1 : COPY_PAGE + 1,
    end: storeEnd(0n, pages),
    nextPageId: 0n,
    judge: new PageJudge(undefined, undefined),
    storeTag: 0,
    positions: new VersionCheck(0n),
    appliedPosition: 0n,
    log,
  });
  forest.tally.blind = true;
  return forest;
}

/** Those of the superblock, and those of the catalogue; where the roots of the latter lead is looked at here. */
function* allTables(
  listed: readonly TableRecord[],
  catalogue: CatalogueCheck,
  forest: Forest,
): Generator<TableRecord, void> {
  yield* listed;
  for (const table of catalogue.tables()) {
    checkRoots(table, forest, forest.log);
    yield table;
  }
}
