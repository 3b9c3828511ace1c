// A writer to be killed: `node writer-child.js STORE LOG [FORMAT [PAUSE]]`. Applies each line of the log that the store
// does not have yet, commits it, says its position, and waits for PAUSE milliseconds.
import { readFileSync, writeSync } from 'node:fs';
import { BTreeStore, decodeLogLine } from '../../dist/engine/index.js';

const [path, log, format = '1', pause = '0'] = process.argv.slice(2);
const store = BTreeStore.open(path, { create: true, cachePages: 32, lockTimeoutMs: 0, format: Number(format) });
for (const line of readFileSync(log, 'utf8').trimEnd().split('\n')) {
  const batch = decodeLogLine(Buffer.from(line));
  if (batch.position <= store.appliedPosition) continue;
  store.apply(batch);
  store.sync();
  writeSync(1, `${batch.position}\n`);
  if (pause !== '0') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(pause));
}
store.close();
