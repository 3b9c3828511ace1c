import { runReplayCommand } from '../../lib/child.js';
import { KEY_ORDERS, makeLog } from '../../lib/data.js';
import { removeFiles, sizeOf } from '../../lib/files.js';
import { inTurn, medianOf, medianRatio } from '../../lib/pairs.js';

const CPU_MAX = { random: 1.05, sequential: 1.1 };

/** The loads of the bench, in either format. */
export async function measure({ folder, operations, rounds }) {
  const rows = [];
  for (const order of KEY_ORDERS) {
    const log = `${folder}${order}-${operations}.ndjson`;
    makeLog(log, order, operations);
    const replay = (format) => {
      const path = `${folder}load.store`;
      removeFiles(path);
      const result = runReplayCommand({ path, log, flags: ['--format', `${format}`] });
      return { ...result, fileBytes: sizeOf(path) };
    };
    const { old, ours } = await inTurn(rounds, { ours: () => replay(2), old: () => replay(1) });
    rows.push(
      { what: `${order} load, CPU s in format 1`, value: medianOf(old, 'cpuSeconds') },
      { what: `${order} load, CPU s in format 2`, value: medianOf(ours, 'cpuSeconds') },
      { what: `${order} load, CPU by format 1`, value: medianRatio(ours, old, 'cpuSeconds'), atMost: CPU_MAX[order] },
      { what: `${order} load, bytes a row by format 1`, value: medianRatio(ours, old, 'fileBytes'), atMost: 0.95 },
    );
  }
  return rows;
}
