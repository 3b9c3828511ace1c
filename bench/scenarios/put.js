import { OPERATIONS_PER_BATCH } from '../lib/data.js';
import { readLines } from '../lib/log-lines.js';
import { openStore } from '../stores/index.js';

/**
 * Puts a log into a store, `operationsPerTransaction` at a time, from the log's file to synced files; `ready`: the log
 * is parsed before, and not measured.
 */
export function prepare({ ready = false, ...task }) {
  const batches = ready ? [...batchesOf(task.log)] : undefined;
  return () => putAll(task, batches ?? batchesOf(task.log));
}

function* batchesOf(log) {
  for (const line of readLines(log)) yield JSON.parse(line);
}

async function putAll({ operationsPerTransaction = OPERATIONS_PER_BATCH, ...target }, batches) {
  const store = await openStore(target);
  let operations = 0;
  let last = 0;
  let transaction = [];
  for (const { position, ops } of batches) {
    last = position;
    if (transaction.length === 0) transaction = ops;
    else transaction.push(...ops);
    operations += ops.length;
    if (transaction.length < operationsPerTransaction) continue;
    await store.write(transaction, position);
    transaction = [];
  }
  if (transaction.length > 0) await store.write(transaction, last);
  await store.finish();
  await store.close();
  return { operations };
}
