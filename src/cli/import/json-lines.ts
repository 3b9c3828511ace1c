/** Rows as JSON Lines: an object a line. */
import { parseFields } from './json-fields.js';
import type { LineDecoder } from './record.js';
import { type FieldChoice, operationOf } from './row-fields.js';

export function jsonLinesDecoder(choice: FieldChoice): LineDecoder {
  return (line, number) => ({ line: number, operations: [operationOf(parseFields(line, number), choice, number)] });
}
