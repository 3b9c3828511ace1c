/** A batch as a line of the log that `replay` reads, in pieces: a line can be longer than a text should be. */
import type { WriteBatch, WriteOp } from '../../engine/index.js';
import { byteFieldJson, u64Json } from '../text/json.js';

/** From this many bytes on a value is written as base64, in which no byte takes more room than another. */
const LONG_VALUE = 64 * 1024;

export function* logLine(batch: WriteBatch): Generator<string> {
  yield `{"position":${u64Json(batch.position)},"ops":[`;
  let separator = '';
  for (const operation of batch.operations()) {
    yield separator + operationJson(operation);
    separator = ',';
  }
  yield batch.hash === undefined ? ']}\n' : `],"hash":"${Buffer.from(batch.hash).toString('hex')}"}\n`;
}

function operationJson(operation: WriteOp): string {
  const { kind, table } = operation;
  const start = `{"op":"${kind}","table":${u64Json(table)}`;
  if (kind === 'purge') return `${start}}`;
  const key = `${start},${byteFieldJson('key', operation.key)}`;
  return kind === 'delete' ? `${key}}` : `${key},${valueJson(operation.value)}}`;
}

function valueJson(value: Uint8Array): string {
  if (value.byteLength < LONG_VALUE) return byteFieldJson('value', value);
  return `"valueBase64":"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`;
}
