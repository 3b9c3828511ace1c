/** How a comparison with a log came out. */
import type { LogDifference, LogReport } from '../../engine/index.js';
import { escapeBytes, escapeControls } from '../text/escape.js';
import { byteFields, toJson, type JsonValue } from '../text/json.js';

const LONGEST_SHOWN = 60;

export function logReportJson({ equal, reason, comparedTo, chain, difference }: LogReport): string {
  return toJson({
    equal,
    ...(reason === undefined ? {} : { reason }),
    comparedTo,
    chain,
    ...(difference === null ? {} : differenceJson(difference)),
  });
}

function differenceJson({ position, table, key, store, log }: LogDifference): Record<string, JsonValue> {
  return {
    position,
    table,
    ...(key === null ? { key } : byteFields('key', key)),
    store: store && byteFields('value', store),
    log: log && byteFields('value', log),
  };
}

const CHAINS = {
  equal: 'the chain of hashes too',
  different: 'the chain of hashes is another',
  unknown: 'the chain of hashes could not be compared',
} as const;

/** What was compared, and how it came out, in one line. */
export function logReportText(store: string, log: string, report: LogReport): string {
  const { equal, comparedTo, chain, difference } = report;
  const names = `${escapeControls(store)} and ${escapeControls(log)}`;
  if (difference !== null) return `${names} part ${placeText(difference)}; ${CHAINS[chain]}`;
  if (equal === null)
    return `${names} do not differ up to position ${comparedTo}, where the log ends: the rest was not compared`;
  return `${names} are equal up to position ${comparedTo}: all versions of all keys, ${CHAINS[chain]}`;
}

/** The clean no, for standard error. */
export function notEqualText(store: string, { reason }: LogReport): string {
  return reason === undefined
    ? `${store} is not what the log says`
    : `the log ends before the position of ${store}, so that it proves nothing about the rest`;
}

function placeText({ position, table, key, store, log }: LogDifference): string {
  if (table === null || key === null)
    return `somewhere up to position ${position}: no version of any key differs, but it is another log`;
  const place = `first at position ${position} in table ${table} with key ${shown(key)}`;
  return `${place}: the store has ${valueText(store)}, the log ${valueText(log)}`;
}

function valueText(value: Uint8Array | null): string {
  return value === null ? 'no value' : `"${shown(value)}"`;
}

function shown(bytes: Uint8Array): string {
  const text = Array.from(escapeBytes(bytes.subarray(0, 4 * LONGEST_SHOWN)));
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN).join('')}…` : text.join('');
}
