/** Pages of trees as JSON. */
import { splitHistoryKey, type TreeNode } from '../../engine/index.js';
import { fillJson, pageJson } from '../map/json.js';
import type { RowView } from '../output/row-view.js';
import { byteFields, type JsonValue, toJson } from '../text/json.js';

export const NODES_VIEW: RowView<TreeNode> = { columns: [], json: (node) => toJson(nodeJson(node)) };

function nodeJson(node: TreeNode): Record<string, JsonValue> {
  const { table, tree, depth, items, pages, fillBelow, isElsewhere } = node;
  return {
    ...{ table, tree, depth },
    ...pageJson(node),
    ...{ items, pages, fillBelow: fillJson(fillBelow), elsewhere: isElsewhere },
    ...boundJson('low', node.low, tree),
    ...boundJson('high', node.high, tree),
  };
}

function boundJson(name: string, bound: Uint8Array | null, tree: TreeNode['tree']): Record<string, JsonValue> {
  if (bound === null) return { [name]: null };
  if (tree === 'entries') return byteFields(name, bound);
  const { key, position } = splitHistoryKey(bound);
  return { ...byteFields(name, key), [`${name}Position`]: position };
}
