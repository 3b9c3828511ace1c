/** From single measurements to medians, and from medians to ratios. */
import { median } from './median.js';

export function summarize(results) {
  const names = [...new Set(results.map(({ name }) => name))];
  const rows = names.map((name) => mediansOf(results.filter((result) => result.name === name)));
  return rows.map((row) => ({ ...row, ...ratiosOf(row, rows) }));
}

function mediansOf(results) {
  const [{ name, order, operations, found }] = results;
  const medianOf = (field) => median(results.map((result) => result[field]));
  const seconds = medianOf('seconds');
  return {
    name,
    order,
    operations,
    ...(found === undefined ? {} : { found }),
    seconds,
    operationsPerSecond: operations / seconds,
    cpuSeconds: medianOf('cpuSeconds'),
    memoryMaxBytes: medianOf('memoryMaxBytes'),
    fileBytes: medianOf('fileBytes'),
  };
}

function ratiosOf(row, rows) {
  const [, scenario] = row.name.split('/');
  const writes = scenario === 'replay' || scenario.startsWith('put');
  const parse = writes || scenario === 'decode' ? rows.find(({ name }) => name === `${row.order}/parse`) : undefined;
  const ours = rows.find(({ name }) => name === `${row.order}/${writes ? 'replay/command' : `${scenario}/kmb`}`);
  return {
    ...(parse === undefined ? {} : { cpuByParse: row.cpuSeconds / parse.cpuSeconds }),
    ...(ours === undefined ? {} : { oursByThis: ours.operationsPerSecond / row.operationsPerSecond }),
  };
}
