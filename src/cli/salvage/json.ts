/** What a salvage has come to, as JSON. */
import type { Loss, SalvageSummary } from '../../engine/index.js';
import { byteFields, type JsonValue } from '../text/json.js';

export function salvageJson({ tables, appliedPosition, lost, ...rest }: SalvageSummary): Record<string, JsonValue> {
  const { isPositionKnown, mayHavePurged, valuesAlone, isMarked, pages } = rest;
  return {
    tables: tables.map(({ id, isKnown, keys, versions, keysBefore }) => ({
      id: isKnown ? id : null,
      ...(isKnown ? {} : { savedAs: id }),
      keys,
      versions,
      ...(keysBefore === undefined ? {} : { keysBefore }),
    })),
    position: appliedPosition,
    positionKnown: isPositionKnown,
    ...(mayHavePurged ? { purgedTablesMayBeBack: true } : {}),
    ...(valuesAlone === 0 ? {} : { valuesWithoutRow: valuesAlone }),
    marked: isMarked,
    pages,
    lost: lost.map(lossJson),
  };
}

/** One loss, also a line of the file of --lost. */
export function lossJson({ kind, table, fromKey, toKey, fromPosition, toPosition, pages }: Loss): JsonValue {
  return {
    what: kind,
    table,
    ...(fromKey === null ? { fromKey } : byteFields('fromKey', fromKey)),
    ...(toKey === null ? { toKey } : byteFields('toKey', toKey)),
    fromPosition,
    toPosition,
    pages,
  };
}
