import { createReadStream } from 'node:fs';
import { BTreeStore, LineSplitter, Replayer } from '../../dist/engine/index.js';

const CHUNK_SIZE = 2 ** 20;

/** Replays a log through the library, in its own commit groups. */
export function prepare(task) {
  return () => replay(task);
}

async function replay({ log, path, format, groupBytes }) {
  const store = BTreeStore.open(path, { create: true, format });
  const replayer = new Replayer(store, { groupBytes });
  const lines = new LineSplitter();
  for await (const chunk of createReadStream(log, { highWaterMark: CHUNK_SIZE })) {
    for (const line of lines.push(chunk)) replayer.push(line);
  }
  for (const line of lines.end()) replayer.push(line);
  replayer.finish();
  store.close();
  return { operations: replayer.summary.operations };
}
