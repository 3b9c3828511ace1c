/** What a report says of each page of trees. */
import { FINDING_CODES, type PageCensus, type StoreLook, type TreeNode } from '../../engine/index.js';
import { boundText } from '../tree/bounds.js';
import type { Columns } from './columns.js';
import { CELLS_MAX } from './map-columns.js';

/** Characters of keys that a report may have. */
const KEY_CHARACTERS = 750_000;
const UNKNOWN_FILL = 255;
const NODES_MAX = 300_000;

/** Trees in the order of their pages from the roots down. */
export interface TreeColumns {
  readonly columns: Columns;
  readonly trees: readonly { readonly start: number; readonly table: number; readonly tree: string }[];
  /** The first keys of nodes by their numbers; undefined in a report without keys. */
  readonly keys: Readonly<Record<string, string>> | undefined;
  readonly leavesShown: boolean;
}

export function treeColumns(look: StoreLook, showData: boolean): TreeColumns {
  const { census } = look;
  const leavesShown = census.pages <= CELLS_MAX;
  const gathered = new GatheredNodes(census, showData);
  for (const node of look.nodes({ internalOnly: !leavesShown, withoutKeys: !showData })) {
    if (node !== undefined) gathered.add(node);
    if (gathered.size >= NODES_MAX) break;
  }
  return { ...gathered.result(), leavesShown };
}

class GatheredNodes {
  readonly #page: number[] = [];
  readonly #depth: number[] = [];
  readonly #items: number[] = [];
  readonly #below: number[] = [];
  readonly #fill: number[] = [];
  readonly #damage: number[] = [];
  readonly #trees: { start: number; table: number; tree: string }[] = [];
  readonly #keys: Record<string, string> = {};
  readonly #indexes: ReadonlyMap<bigint, number>;
  #characters = 0;

  constructor(
    { records }: PageCensus,
    private readonly showData: boolean,
  ) {
    this.#indexes = new Map(records.map(({ id }, index) => [id, index]));
  }

  get size(): number {
    return this.#page.length;
  }

  add(node: TreeNode): void {
    const { page, depth, items, pages, fill, damage, table, tree, low } = node;
    const index = this.#page.length;
    if (depth === 1) this.#trees.push({ start: index, table: this.#indexes.get(table) ?? 0, tree });
    this.#page.push(page);
    this.#depth.push(depth);
    this.#items.push(items ?? 0);
    this.#below.push(pages);
    this.#fill.push(fill === null ? UNKNOWN_FILL : Math.round(fill * (UNKNOWN_FILL - 1)));
    this.#damage.push(damage[0] === undefined ? 0 : FINDING_CODES.indexOf(damage[0]) + 1);
    if (!this.showData || low === null || this.#characters > KEY_CHARACTERS) return;
    const key = boundText(low, tree);
    this.#characters += key.length;
    this.#keys[index] = key;
  }

  result(): Omit<TreeColumns, 'leavesShown'> {
    return {
      columns: {
        nodePage: Uint32Array.from(this.#page),
        nodeDepth: Uint8Array.from(this.#depth),
        nodeItems: Uint16Array.from(this.#items),
        nodeBelow: Uint32Array.from(this.#below),
        nodeFill: Uint8Array.from(this.#fill),
        nodeDamage: Uint8Array.from(this.#damage),
      },
      trees: this.#trees,
      keys: this.showData ? this.#keys : undefined,
    };
  }
}
