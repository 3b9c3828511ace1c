// A writer at full rate: `node rate-writer.js STORE COMMITS SECONDS`. Commits batch after batch, each with one sync, until
// it has made that many or the time is over; then it closes the store. Batch n puts four rows of its own, and one that all
// batches change. Says its position now and then, what it takes in memory, and how long the journal was at most.
import { statSync, writeSync } from 'node:fs';
import { BTreeStore, WriteBatch } from '../../dist/engine/index.js';

const ROWS = 4;
const COMMITS_PER_LINE = 100;

const [path, commits, seconds] = process.argv.slice(2);
const store = BTreeStore.open(path, { create: true });
const end = performance.now() + 1000 * Number(seconds);
let journalBytes = 0;
for (let commit = 1; commit <= Number(commits) && performance.now() < end; commit++) {
  const position = store.appliedPosition + 1n;
  const batch = new WriteBatch(position).put(1n, 'changed by all', `${position}`);
  // So that rows come everywhere in the table.
  const spread = `${(BigInt(position) * 7919n) % 1000n}`.padStart(3, '0');
  for (let row = 0; row < ROWS; row++) batch.put(1n, `${spread}/${position}/${row}`, `${position}`);
  store.apply(batch);
  store.sync();
  if (commit % COMMITS_PER_LINE !== 0) continue;
  journalBytes = Math.max(journalBytes, statSync(`${path}-journal`, { throwIfNoEntry: false })?.size ?? 0);
  writeSync(1, `${store.appliedPosition}\n`);
}
const { appliedPosition } = store;
store.close();
const memory = process.resourceUsage().maxRSS * 1024;
writeSync(1, `${JSON.stringify({ position: Number(appliedPosition), journalBytes, memory })}\n`);
