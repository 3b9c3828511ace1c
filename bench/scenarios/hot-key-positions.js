import { BTreeStore } from '../../dist/engine/index.js';
import { HOT_KEY, valueOf } from '../formats/logs.js';

/** Gets the hot key as of every `step`-th position, and says how many values are not the ones that were put. */
export function prepare({ path, batches, step }) {
  const store = BTreeStore.open(path, { readOnly: true });
  return () => {
    let wrong = 0;
    let operations = 0;
    for (let position = step; position <= batches; position += step) {
      const value = store.getAt(1n, HOT_KEY, BigInt(position));
      if (value === undefined || Buffer.from(value).toString() !== valueOf(position)) wrong++;
      operations++;
    }
    return { operations, wrong, afterwards: () => store.close() };
  };
}
