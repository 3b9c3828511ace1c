/**
 * Takes all leaves of a store that can be told to be of its tables: first those that the trees lead to, then sound ones
 * that belong where a tree has a hole.
 */
import { NO_PAGE } from '../bytes/u64.js';
import { copyKey } from '../format/items.js';
import { HISTORY_SUFFIX, HISTORY_TREE, keySuffixOf, TABLE_TREE, type TreeKind } from '../format/page-types.js';
import type { TableEntry } from '../format/superblock.js';
import type { Steps } from '../steps.js';
import { PageSet } from '../verify/page-set.js';
import type { Extraction } from './extraction.js';
import { gapsIn } from './leaf-chain.js';
import { groupLeaves } from './leaf-groups.js';
import { fits, holeOf, inKeyOrder, looseLeaves, type LooseLeaf } from './loose-leaves.js';
import type { Losses } from './losses.js';
import { takeLooseValues } from './loose-values.js';
import type { PageCensus } from './page-census.js';
import { salvageFormatOf } from './salvage-format.js';
import type { StoreSurvey } from './survey.js';
import { isWithin, keyAfter, type Span } from './tree-keys.js';
import { type Hole, TreeWalk } from './tree-walk.js';

/** The ids of tables that leaves are put into whose table is not known. */
const FIRST_UNKNOWN_TABLE = 9_000_000_000_000_001n;

interface SalvagedTree {
  readonly table: bigint;
  readonly kind: TreeKind;
  readonly holes: Hole[];
  /** The first leaf that has keys, and its first key. */
  readonly first?: TreeWalk['first'];
}

export class TreeSalvage {
  /** The tables that were made of leaves whose table is not known. */
  readonly unknownTables: bigint[] = [];
  readonly #taken = new PageSet();
  readonly #trees: SalvagedTree[] = [];
  /** Of format 1, the table of each leaf that was taken. */
  readonly #tableOf = new Map<number, bigint>();

  constructor(
    private readonly census: PageCensus,
    private readonly survey: StoreSurvey,
    private readonly extraction: Extraction,
    private readonly losses: Losses,
    /** The table of all leaves whose table is not known. */
    private readonly assumed: bigint | undefined,
  ) {}

  *run(): Steps<void> {
    for (const entry of this.survey.tables.values()) yield* this.#walkTable(entry);
    const loose = this.#looseLeaves();
    if (!this.#saysTables) yield* this.#rescueByChains(loose);
    else {
      yield* this.#rescueByTable(loose);
      yield* takeLooseValues(this.census, this.survey, this.extraction, this.losses);
    }
  }

  get #saysTables(): boolean {
    return this.census.identity.format.newRecord !== undefined;
  }

  *#walkTable({ id, root, height, record }: TableEntry): Steps<void> {
    yield* this.#walk(id, TABLE_TREE, root === null ? NO_PAGE : Number(root), height);
    if (record !== undefined) yield* this.#walk(id, HISTORY_TREE, record.historyRoot ?? NO_PAGE, record.historyHeight);
  }

  /** @param root undefined where it is not known */
  *#walk(table: bigint, kind: TreeKind, root: number | undefined, height = 0): Steps<void> {
    const { identityOf } = salvageFormatOf(this.census.identity.format);
    const walk = new TreeWalk(
      this.census,
      {
        kind,
        owns: (page) => (identityOf(page)?.table ?? table) === table,
        take: (leaf, pageId, from, to) => {
          if (!this.#saysTables) this.#tableOf.set(pageId, table);
          this.extraction.take(leaf, table, from, to);
        },
        stray: (pageId, keys) => {
          this.#lose(table, kind, { ...keys, pages: [pageId] });
        },
      },
      this.#taken,
    );
    const steps = walk.walk(root, height);
    while (steps.next().done !== true) {
      yield* this.extraction.sorter.makeRoom();
      yield;
    }
    if (walk.holes.length > 0 || walk.first !== undefined)
      this.#trees.push({ table, kind, holes: walk.holes, first: walk.first });
  }

  #looseLeaves(): Map<TreeKind, LooseLeaf[]> {
    const { census, survey } = this;
    const isNeeded = !this.#saysTables || this.#trees.some(({ holes }) => holes.length > 0) || !survey.isComplete;
    return new Map(
      [TABLE_TREE, HISTORY_TREE].map((kind) => [
        kind,
        isNeeded ? looseLeaves(census, kind.leaf, this.#taken, survey.free, survey.end) : [],
      ]),
    );
  }

  *#rescueByTable(loose: Map<TreeKind, LooseLeaf[]>): Steps<void> {
    if (!this.survey.isComplete) {
      for (const [kind, leaves] of loose) {
        const found = new Set(leaves.map(({ table }) => table as bigint));
        for (const table of found) if (!this.survey.tables.has(table)) yield* this.#walk(table, kind, undefined);
      }
    }
    for (const { table, kind, holes } of this.#trees) {
      const leaves = (loose.get(kind) as LooseLeaf[]).filter((leaf) => leaf.table === table);
      yield* this.#fill({ table, kind, holes }, leaves);
    }
  }

  *#rescueByChains(loose: Map<TreeKind, LooseLeaf[]>): Steps<void> {
    const leaves = loose.get(TABLE_TREE) as LooseLeaf[];
    this.#openBeginnings(leaves);
    const byTable = new Map<bigint, LooseLeaf[]>();
    const unknown: LooseLeaf[][] = [];
    for (const group of groupLeaves(this.census, leaves)) {
      const table = this.#tableOfGroup(group);
      if (table === 'unknown') unknown.push(group);
      else if (table !== 'none') byTable.set(table, [...(byTable.get(table) ?? []), ...group]);
    }
    for (const tree of this.#trees) yield* this.#fill(tree, byTable.get(tree.table) ?? []);
    const withKeys = unknown.map((group) => inKeyOrder(group, 0)).filter((group) => group.length > 0);
    withKeys.sort((a, b) => (a[0] as LooseLeaf).pageId - (b[0] as LooseLeaf).pageId);
    const whole: Hole = { from: null, to: null, pages: [], before: undefined, after: undefined };
    if (this.assumed !== undefined && withKeys.length > 0) {
      yield* this.#fill({ table: this.assumed, kind: TABLE_TREE, holes: [whole] }, withKeys.flat());
      return;
    }
    for (const group of withKeys) {
      const table = FIRST_UNKNOWN_TABLE + BigInt(this.unknownTables.length);
      this.unknownTables.push(table);
      yield* this.#fill({ table, kind: TABLE_TREE, holes: [whole] }, [
        ...group,
        ...leaves.filter(({ keys }) => keys === undefined),
      ]);
    }
  }

  /** Where a page is in the place of the root that belongs further down, leaves lead to what is below it. */
  #openBeginnings(leaves: readonly LooseLeaf[]): void {
    for (const { holes, first } of this.#trees) {
      if (first === undefined || holes[0]?.from === null) continue;
      const before = leaves.find(
        ({ next, keys }) => next === first.pageId && keys !== undefined && keys.last.compare(first.key) < 0,
      );
      if (before === undefined) continue;
      holes.unshift({ from: null, to: first.key, pages: [before.pageId], before: undefined, after: first.pageId });
    }
  }

  /** By the leaves beside them, else by where there is room for all of them. `none`: nothing points to them. */
  #tableOfGroup(group: readonly LooseLeaf[]): bigint | 'unknown' | 'none' {
    const beside = new Set<bigint>();
    for (const { pageId, next } of group) {
      const after = this.#tableOf.get(next);
      if (after !== undefined) beside.add(after);
      for (const { table, holes } of this.#trees) if (holes.some(({ before }) => before === pageId)) beside.add(table);
    }
    const hasRoom = this.#trees.filter(({ holes }) =>
      inKeyOrder(group, 0).every((leaf) => holes.some((hole) => fits(leaf, hole, 0))),
    );
    const named = hasRoom.filter(({ table }) => beside.has(table));
    if (named.length === 1) return (named[0] as SalvagedTree).table;
    const hasSomeRoom = this.#trees.filter(({ holes }) => group.some((leaf) => holeOf(leaf, holes, 0) !== undefined));
    if (!this.survey.isComplete || hasSomeRoom.length > 1) return 'unknown';
    if (hasSomeRoom.length === 0) return 'none';
    return hasRoom.length === 1 ? (hasRoom[0] as SalvagedTree).table : 'unknown';
  }

  /** Takes the leaves that belong in the holes of a tree, and notes what is missing between them. */
  *#fill({ table, kind, holes }: SalvagedTree, leaves: readonly LooseLeaf[]): Steps<void> {
    const suffix = keySuffixOf(kind.leaf);
    const empty = new Map(leaves.filter(({ keys }) => keys === undefined).map(({ pageId, next }) => [pageId, next]));
    const facts = {
      empty,
      suffix,
      mayMissPages: this.#mayMissPages(),
      isSound: (pageId: number) => this.census.typeOf(pageId) !== undefined,
    };
    const ordered = inKeyOrder(leaves, suffix);
    for (const hole of holes) {
      const inside = ordered.filter((leaf) => holeOf(leaf, [hole], suffix) !== undefined);
      for (const leaf of inside) {
        this.#takeLoose(leaf, table, hole, suffix);
        yield* this.extraction.sorter.makeRoom();
        yield;
      }
      for (const gap of gapsIn(hole, inside, facts)) this.#lose(table, kind, gap);
    }
  }

  #takeLoose({ pageId }: LooseLeaf, table: bigint, hole: Span, suffix: number): void {
    const leaf = this.census.read(pageId);
    let end = leaf.itemCount;
    while (end > 1 && !isWithin(copyKey(leaf, end - 1), hole, suffix)) end--;
    this.#taken.add(pageId);
    this.extraction.take(leaf, table, 1, end);
  }

  /** Whether there are damaged pages beside those that should be where trees have holes. */
  #mayMissPages(): boolean {
    const { census, survey } = this;
    const missing = Math.max(0, survey.end - census.pages);
    const pointed = new Set(this.#trees.flatMap(({ holes }) => holes.flatMap(({ pages }) => pages)));
    let unexplained = missing;
    for (const pageId of pointed) if (pageId >= census.pages && pageId < survey.end) unexplained--;
    for (let pageId = census.firstPage; pageId < Math.min(census.pages, survey.end); pageId++)
      if (
        census.bad.has(pageId) &&
        census.typeOf(pageId) === undefined &&
        !survey.free.has(pageId) &&
        !pointed.has(pageId)
      )
        unexplained++;
    return unexplained > 0;
  }

  #lose(table: bigint, kind: TreeKind, { from, to, pages }: Span & { readonly pages: readonly number[] }): void {
    if (kind === TABLE_TREE) {
      this.losses.add({ kind: 'rows', table, fromKey: from, toKey: to, pages });
      return;
    }
    const key = (bytes: Buffer | null): Buffer | null => bytes && bytes.subarray(0, bytes.length - HISTORY_SUFFIX);
    const last = key(to);
    this.losses.add({ kind: 'history', table, fromKey: key(from), toKey: last && keyAfter(last), pages });
  }
}
