/** The way to the answer to a question about a key, as JSON. */
import { type ExaminedVersion, type Explanation, type PathStep, splitHistoryKey } from '../../engine/index.js';
import { byteFields, type JsonValue } from '../text/json.js';
import type { Question } from './question.js';

export function explainJson({ table, key, at }: Question, explanation: Explanation): Record<string, JsonValue> {
  const { path, historyPath, versions, visible } = explanation;
  return {
    table,
    ...byteFields('key', key),
    at,
    found: visible !== undefined,
    path: path.map(stepJson),
    historyPath: historyPath?.map(historyStepJson) ?? null,
    versions: versions.map(versionJson),
  };
}

function stepJson({ page, level, low, high, item }: PathStep): JsonValue {
  return { page, level, ...boundJson('low', low), ...boundJson('high', high), item };
}

/** In the tree of older events a separator is a key and a position. */
function historyStepJson({ page, level, low, high, item }: PathStep): JsonValue {
  return { page, level, ...historyBoundJson('low', low), ...historyBoundJson('high', high), item };
}

function boundJson(name: string, bound: Uint8Array | null): Record<string, JsonValue> {
  return bound === null ? { [name]: null } : byteFields(name, bound);
}

function historyBoundJson(name: string, bound: Uint8Array | null): Record<string, JsonValue> {
  if (bound === null) return { [name]: null };
  const { key, position } = splitHistoryKey(bound);
  return { ...byteFields(name, key), [`${name}Position`]: position };
}

function versionJson({ createdAt, deletedAt, page, valueBytes, reason }: ExaminedVersion): JsonValue {
  return { createdAt, deletedAt, page, valueBytes, visible: reason === null, reason };
}
