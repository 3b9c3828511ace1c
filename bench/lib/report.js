/** The summary as text. */

const COLUMNS = [
  { title: 'name', show: ({ name }) => name },
  { title: 'ops/s', show: ({ operationsPerSecond }) => Math.round(operationsPerSecond).toLocaleString('en') },
  { title: 'seconds', show: ({ seconds }) => seconds.toFixed(2) },
  { title: 'CPU s', show: ({ cpuSeconds }) => cpuSeconds.toFixed(2) },
  { title: 'CPU / parse', show: ({ cpuByParse }) => ratio(cpuByParse) },
  { title: 'ours / this', show: ({ oursByThis }) => ratio(oursByThis) },
  { title: 'peak MB', show: ({ memoryMaxBytes }) => megabytes(memoryMaxBytes) },
  { title: 'file MB', show: ({ fileBytes }) => megabytes(fileBytes) },
];

export function formatTable(rows) {
  const cells = [COLUMNS.map(({ title }) => title), ...rows.map((row) => COLUMNS.map(({ show }) => show(row)))];
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  const pad = (text, column) => (column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]));
  return cells.map((line) => line.map(pad).join('  ')).join('\n');
}

export function formatTargets(targets) {
  return targets
    .map(({ name, field, value, atMost, atLeast, met }) => {
      const show = field === 'memoryMaxBytes' ? (bytes) => `${megabytes(bytes)} MB` : ratio;
      const limit = atMost === undefined ? `at least ${show(atLeast)}` : `at most ${show(atMost)}`;
      return `${met ? 'met   ' : 'MISSED'}  ${name} ${field}: ${show(value)}, ${limit}`;
    })
    .join('\n');
}

function ratio(value) {
  return value === undefined ? '' : value.toFixed(2);
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(0);
}
