import { OPERATIONS_PER_BATCH } from '../lib/data.js';
import { readLines } from '../lib/log-lines.js';
import { openStore } from '../stores/index.js';

/** Puts a log into a store, `operationsPerTransaction` at a time, from the log's file to synced files. */
export function prepare(task) {
  return () => putAll(task);
}

async function putAll({ log, operationsPerTransaction = OPERATIONS_PER_BATCH, ...target }) {
  const store = await openStore(target);
  let operations = 0;
  let transaction = [];
  for (const line of readLines(log)) {
    const { ops } = JSON.parse(line);
    if (transaction.length === 0) transaction = ops;
    else transaction.push(...ops);
    operations += ops.length;
    if (transaction.length < operationsPerTransaction) continue;
    await store.write(transaction);
    transaction = [];
  }
  if (transaction.length > 0) await store.write(transaction);
  await store.finish();
  await store.close();
  return { operations };
}
