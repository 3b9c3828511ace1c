/** A report of `verify-pages` as JSON. */
import type { Finding, KeySpan, VerifyReport } from '../../engine/index.js';
import { byteFields, toJson, type JsonValue } from '../text/json.js';
import { nextSteps } from './next-steps.js';
import { damagedTables } from './readable.js';

/** What `verify-pages` found in one store, as a line of JSON. */
export function verifyJson(store: string, report: VerifyReport): string {
  const { ok, quick, hasJournal, isCopyUsed, severities, codes, findings, trees } = report;
  const total = Object.values(severities).reduce((sum, count) => sum + count, 0);
  return toJson({
    store,
    ok,
    quick,
    ...(hasJournal ? { journal: true } : {}),
    ...(isCopyUsed ? { superblockCopy: true } : {}),
    ...countsJson(report),
    trees: trees === null ? null : { ...trees },
    ...severities,
    codes: { ...codes },
    findings: findings.map(findingJson),
    findingsOmitted: total - findings.length,
    ...remediesJson(store, report),
  });
}

function countsJson(report: VerifyReport): Record<string, JsonValue> {
  const { bytes, bytesChecked, pages, pagesChecked, pagesReached, pagesFree, pagesLeaked, pagesNotJudged } = report;
  const { appliedPosition, tornTo, keysRecorded, tablesMissing } = report;
  return {
    ...{ bytes, bytesChecked, pages, pagesChecked, pagesReached },
    ...(pagesFree === undefined ? {} : { pagesFree }),
    ...{ pagesLeaked, pagesNotJudged, appliedPosition, tornTo },
    ...(keysRecorded === null ? {} : { keysRecorded }),
    ...(tablesMissing === 0 ? {} : { tablesMissing }),
  };
}

/** What still works, and what to do; nothing of a store without findings. */
function remediesJson(store: string, report: VerifyReport): Record<string, JsonValue> {
  const next = nextSteps(store, report);
  const tables = damagedTables(store, report).map(({ table, keys, commands }) => ({
    table,
    ...(keys === undefined ? {} : { keysReached: keys.reached, keysRecorded: keys.recorded }),
    readable: commands,
  }));
  return { ...(tables.length === 0 ? {} : { damagedTables: tables }), ...(next.length === 0 ? {} : { next }) };
}

function findingJson({ code, severity, level, page, path, message, ...facts }: Finding): JsonValue {
  const { table, keys, isHistory, offset, expected, found } = facts;
  return {
    ...{ code, severity, level, page, path, message },
    ...(table === undefined ? {} : { table }),
    ...(keys === undefined ? {} : { keys: keysJson(keys) }),
    ...(isHistory === undefined ? {} : { olderVersions: true }),
    ...(offset === undefined ? {} : { offset }),
    ...(expected === undefined ? {} : { expected }),
    ...(found === undefined ? {} : { found }),
  };
}

function keysJson({ from, to }: KeySpan): JsonValue {
  return {
    ...(from === null ? { from } : byteFields('from', from)),
    ...(to === null ? { to } : byteFields('to', to)),
  };
}
