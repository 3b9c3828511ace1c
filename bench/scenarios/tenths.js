import { createReadStream } from 'node:fs';
import { BTreeStore, LineSplitter, Replayer, runSteps } from '../../dist/engine/index.js';

const CHUNK_SIZE = 2 ** 20;
const PARTS = 10;

/** Replays a log of `batches` in ten equal parts, each committed, and says the CPU time of each. */
export function prepare(task) {
  return () => replayInParts(task);
}

async function replayInParts({ log, path, format, batches }) {
  const store = BTreeStore.open(path, { create: true, format });
  const replayer = new Replayer(store);
  const parts = [];
  let before = process.cpuUsage();
  let lines = 0;
  const push = (line) => {
    replayer.push(line);
    if (++lines % (batches / PARTS) !== 0) return;
    runSteps(replayer.commitSteps());
    const { user, system } = process.cpuUsage(before);
    parts.push((user + system) / 1e6);
    before = process.cpuUsage();
  };
  const splitter = new LineSplitter();
  for await (const chunk of createReadStream(log, { highWaterMark: CHUNK_SIZE })) splitter.push(chunk).forEach(push);
  splitter.end().forEach(push);
  replayer.finish();
  store.close();
  return { operations: replayer.summary.operations, parts };
}
