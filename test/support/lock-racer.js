// One of many processes that want to write a store at the same moment: `node lock-racer.js STORE MOMENT ROUNDS`. Says the position
// of each batch that it committed, and `together` should another one be inside at the same time.
import { openSync, closeSync, unlinkSync } from 'node:fs';
import { BTreeStore, WriteBatch } from '../../dist/engine/index.js';

const [path, moment, rounds] = process.argv.slice(2);

const wait = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** Only one process can have made this file. */
function alone(work) {
  try {
    closeSync(openSync(`${path}.inside`, 'wx'));
  } catch {
    console.log('together');
    return;
  }
  work();
  unlinkSync(`${path}.inside`);
}

wait(Math.max(0, Number(moment) - Date.now()));
for (let round = 0; round < Number(rounds); round += 1) {
  const store = BTreeStore.open(path, { create: true, lockTimeoutMs: 60_000 });
  alone(() => {
    const position = store.appliedPosition + 1n;
    store.apply(new WriteBatch(position).put(1n, `${process.pid}/${round}`, 'v'));
    store.sync();
    console.log(position.toString());
  });
  store.close();
}
