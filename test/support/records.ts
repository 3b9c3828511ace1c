/** Tables as a store of format 2 records them. */
import { noCounts } from '../../src/engine/catalogue/table.js';
import type { TableEntry, TableRecord } from '../../src/engine/format/superblock.js';

/** The entry of a table, empty but for what is said. */
export function tableEntry(
  id: bigint,
  {
    record,
    ...entry
  }: { readonly root?: bigint; readonly height?: number; readonly record?: Partial<TableRecord> } = {},
): TableEntry {
  return {
    id,
    root: null,
    height: 0,
    ...entry,
    record: { ...noCounts(), historyRoot: null, historyHeight: 0, ...record },
  };
}
