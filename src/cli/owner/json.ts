/** The way to a page, as JSON. */
import type { OwnerPath, OwnerStep, Pointer } from '../../engine/index.js';
import { pageJson } from '../map/json.js';
import { byteFields, type JsonValue } from '../text/json.js';

export function ownerJson({ page, path }: OwnerPath): Record<string, JsonValue> {
  return { ...pageJson(page), path: path.map(stepJson) };
}

function stepJson({ page, kind, table, pointer }: OwnerStep): JsonValue {
  return { page, kind, table, pointer: pointer && pointerJson(pointer) };
}

function pointerJson(pointer: Pointer): JsonValue {
  if (pointer.by !== 'event') return { ...pointer };
  const { by, key, position, ordinal } = pointer;
  return { by, ...byteFields('key', key), position, ordinal };
}
