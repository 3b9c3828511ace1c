import { createReadStream } from 'node:fs';
import { decodeLogLine, LineSplitter } from '../../dist/engine/index.js';

const CHUNK_SIZE = 2 ** 20;

/** The part of our own replay that knows nothing of a store: lines into checked batches. */
export function prepare({ log }) {
  return () => decodeAll(log);
}

async function decodeAll(log) {
  const lines = new LineSplitter();
  let operations = 0;
  const decode = (line) => {
    operations += decodeLogLine(line).operationCount;
  };
  for await (const chunk of createReadStream(log, { highWaterMark: CHUNK_SIZE })) lines.push(chunk).forEach(decode);
  lines.end().forEach(decode);
  return { operations };
}
