import type { TableInfo } from '../../engine/index.js';
import { nullableU64Json, u64Json } from '../text/json.js';
import type { RowView } from './row-view.js';

/** The tables of a store. */
export const TABLES_VIEW: RowView<TableInfo> = {
  columns: [
    { name: 'ID', alignRight: true, text: (table) => table.id.toString() },
    { name: 'ROOT', alignRight: true, text: (table) => table.root?.toString() ?? '-' },
    { name: 'HEIGHT', alignRight: true, text: (table) => table.height.toString() },
  ],
  json: ({ id, root, height }) => `{"id":${u64Json(id)},"root":${nullableU64Json(root)},"height":${height}}`,
};
