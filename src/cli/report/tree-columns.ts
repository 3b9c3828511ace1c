/** What a report says of each page of trees. */
import type { PageCensus, StoreLook, TreeOutline } from '../../engine/index.js';
import { boundText } from '../tree/bounds.js';
import type { JsonValue } from '../text/json.js';
import type { Columns } from './columns.js';
import { CELLS_MAX, fillByte, pagesPerCell } from './map-columns.js';

/** Characters of keys that a report may have. */
const KEY_CHARACTERS = 750_000;

/** Trees in the order of their pages from the roots down. */
export interface TreeColumns {
  readonly columns: Columns;
  readonly figures: Readonly<Record<string, JsonValue>>;
}

export function treeColumns(look: StoreLook, showData: boolean): TreeColumns {
  const keys: Record<string, string> = {};
  let characters = 0;
  const onKey = (node: number, bound: Uint8Array, tree: 'entries' | 'history'): void => {
    if (characters > KEY_CHARACTERS) return;
    const key = boundText(bound, tree);
    characters += key.length;
    keys[node] = key;
  };
  const outline = look.outline({ nodesMax: CELLS_MAX, onKey: showData ? onKey : undefined });
  const { trees, page, depth, items, below, levels, omitted } = outline;
  return {
    columns: {
      nodePage: page,
      nodeDepth: depth,
      nodeItems: items,
      nodeBelow: below,
      // Where each page has a cell of its own, the map has these.
      ...(pagesPerCell(look.census) > 1 ? pageColumns(look.census, outline) : {}),
    },
    figures: {
      trees: trees.map((tree) => ({ ...tree })),
      nodeKeys: showData ? keys : null,
      treeLevels: levels ?? null,
      treePagesOmitted: omitted,
    },
  };
}

function pageColumns(census: PageCensus, { page }: TreeOutline): Columns {
  return {
    nodeFill: Uint8Array.from(page, (each) => fillByte(census, each)),
    nodeDamage: Uint8Array.from(page, (each) => census.damage.worst[each] ?? 0),
  };
}
