/** The figures of a store for programs that read text: a figure a line. */
import { escapeText } from '../text/escape.js';
import type { JsonValue } from '../text/json.js';
import type { StatJson } from './json.js';

/** In the place of a table id: the figure is of the whole store. */
const WHOLE_STORE = '-';
/** In the place of a figure that is not known. */
const UNKNOWN = '-';

/** Table id, tab, name, tab, figure. Names are those of JSON, with dots between them; lists count from 1. */
export function* statLines({ tables, ...store }: StatJson): Generator<string, void> {
  yield* figureLines(WHOLE_STORE, [], store);
  for (const { id, ...figures } of tables) yield* figureLines(id.toString(), [], figures);
}

function* figureLines(table: string, path: readonly string[], value: JsonValue): Generator<string, void> {
  if (value === null || typeof value !== 'object') {
    yield [table, path.join('.'), value === null ? UNKNOWN : escapeText(String(value))].join('\t');
  } else if (isList(value)) {
    for (const [index, item] of value.entries()) yield* figureLines(table, [...path, `${index + 1}`], item);
  } else {
    for (const [name, item] of Object.entries(value)) yield* figureLines(table, [...path, name], item);
  }
}

function isList(value: object): value is readonly JsonValue[] {
  return Array.isArray(value);
}
