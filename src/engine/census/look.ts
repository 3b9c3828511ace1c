/** A look at a whole store, sound or damaged: the check of it, and what it met on its way. */
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { nodeFiles } from '../file/node-files.js';
import { StoreFile } from '../pager/store-file.js';
import type { Steps } from '../steps.js';
import { formatNumber } from '../format/formats.js';
import type { PositionPart } from '../stat/position-counts.js';
import type { StatReport } from '../stat/report.js';
import { StoreTally } from '../stat/store-tally.js';
import type { PageFileReader } from '../verify/page-file-reader.js';
import { openChecked } from '../verify/snapshot-reader.js';
import type { VerifyProgress } from '../verify/store-check.js';
import type { StoreVisitor } from '../verify/store-visitor.js';
import { readSuperblock } from '../verify/stored-superblock.js';
import { DEFAULT_FINDINGS_MAX, type VerifyReport, verifySteps } from '../verify/verify.js';
import { CountedCensus } from './counted-census.js';
import { type OwnerPath, ownerOf } from './owner.js';
import { CensusTaker, type PageCensus } from './page-census.js';
import { type TreeNode, treeNodes, type TreeOptions } from './tree-nodes.js';
import { type OutlineOptions, outlineTrees, type TreeOutline } from './tree-outline.js';

export interface LookOptions {
  /** Also count keys, values and versions (default false). */
  readonly figures?: boolean;
  /** How many findings are kept at most. */
  readonly findingsMax?: number;
  readonly onProgress?: (progress: VerifyProgress) => void;
  readonly files?: FileSystem;
}

/** What was counted of keys, values and versions, as far as they could be reached. */
export interface LookFigures extends Pick<
  StatReport,
  'tables' | 'total' | 'spread' | 'age' | 'largest' | 'hottest' | 'headroom'
> {
  /** What each range of positions wrote. */
  readonly positions: readonly PositionPart[];
}

interface Looker {
  readonly census: CensusTaker;
  readonly tally: StoreTally | undefined;
}

/**
 * Looks at every page of a store in one pass, as `verify` does, whatever the file holds: 15 bytes of memory a page.
 *
 * @throws StoreError as `verifySteps`
 */
export function* lookSteps(path: string, options: LookOptions = {}): Steps<StoreLook> {
  const { files = nodeFiles, figures = false, findingsMax = DEFAULT_FINDINGS_MAX, onProgress } = options;
  let last: Looker | undefined;
  const watch = (pages: number): StoreVisitor => {
    // The arrays of an earlier one are let go before those of the next are made.
    last = undefined;
    const census = new CensusTaker(pages);
    const tally = figures ? new StoreTally(undefined, true) : undefined;
    last = { census, tally };
    return tally === undefined ? census : new CountedCensus(census, tally);
  };
  const progress = onProgress === undefined ? {} : { onProgress };
  const report = yield* verifySteps(path, { files, findingsMax, watch, ...progress });
  if (last === undefined) throw new StoreError('INVALID_ARGUMENT', 'nobody was asked to look', { path });
  return new StoreLook(files, path, report, last);
}

export class StoreLook {
  readonly census: PageCensus;
  /** Undefined where they were not asked for. */
  readonly figures: LookFigures | undefined;

  readonly #census: CensusTaker;

  /** @internal */
  constructor(
    private readonly files: FileSystem,
    private readonly path: string,
    readonly report: VerifyReport,
    { census, tally }: Looker,
  ) {
    this.census = this.#census = census;
    this.figures = tally && { ...tally.figures(), positions: tally.positions() };
  }

  /** The number of the store's format; null where it cannot be read. */
  get format(): number | null {
    const { content } = this.#census;
    return content === undefined ? null : formatNumber(content.format);
  }

  /**
   * The pages of trees from their roots down, each before those below it; undefined now and then. Internal pages are
   * read again.
   *
   * @throws StoreError `STORE_CHANGING`: the store was changed since
   */
  *nodes(options: TreeOptions = {}): Generator<TreeNode | undefined, void> {
    yield* this.#reading((source) => treeNodes(source, this.#census, options));
  }

  /** All trees in columns of numbers. @throws StoreError as `nodes` */
  outline(options: OutlineOptions): TreeOutline {
    return this.#readOnce((source) => outlineTrees(source, this.#census, options));
  }

  /** What leads to a page, from the superblock on. @throws StoreError as `nodes` */
  owner(page: number): OwnerPath {
    return this.#readOnce((source) => ownerOf(source, this.#census, page));
  }

  #readOnce<Result>(look: (source: PageFileReader) => Result): Result {
    const [result] = [...this.#reading((source) => [look(source)])];
    return result as Result;
  }

  /** Looks at the pages again that the check has seen. */
  *#reading<Item>(look: (source: PageFileReader) => Iterable<Item>): Generator<Item, void> {
    const storeFile = StoreFile.open(this.files, this.files.resolve(this.path) ?? this.path);
    try {
      const store = openChecked(this.files, storeFile, false);
      try {
        yield* this.#readingFrom(store.source, look);
      } finally {
        store.close();
      }
    } finally {
      storeFile.close();
    }
  }

  *#readingFrom<Item>(source: PageFileReader, look: (source: PageFileReader) => Iterable<Item>): Generator<Item, void> {
    const before = this.#census.content?.page;
    const { content, page } = readSuperblock(source);
    if (before !== undefined && content?.page.equals(before) !== true) throw this.#changed();
    try {
      for (const item of look(source)) {
        // That is given after each page that was read.
        if (item === undefined && source.isChanged(page)) throw this.#changed();
        yield item;
      }
    } catch (error) {
      // Of pages that are others meanwhile nothing can be believed, errors included.
      throw source.isChanged(page) ? this.#changed() : error;
    }
    if (source.isChanged(page)) throw this.#changed();
  }

  #changed(): StoreError {
    const message = `${this.path} was changed while it was looked at`;
    return new StoreError('STORE_CHANGING', message, { path: this.path }, 'look again, or look at a copy');
  }
}
