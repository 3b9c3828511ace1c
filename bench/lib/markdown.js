/** The report as a table of Markdown. */
const COLUMNS = [
  { title: 'work', show: ({ work }) => work },
  { title: 'beside', show: ({ peer = '' }) => peer },
  { title: 'kmb-store', show: ({ ours, value, unit }) => `${number(ours ?? value)} ${unit}` },
  { title: 'the other', show: ({ theirs, unit }) => (theirs === undefined ? '' : `${number(theirs)} ${unit}`) },
  { title: 'ratio', show: ({ ratio }) => (ratio === undefined ? '' : number(ratio)) },
  { title: 'lowest to highest', show: ({ low, high }) => `${number(low)} to ${number(high)}` },
  { title: 'target', show: targetText },
  { title: '', show: ({ met }) => (met === undefined ? '' : met ? 'met' : 'MISSED') },
];

export function formatMarkdown(rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    line(COLUMNS.map(({ title }) => title)),
    line(COLUMNS.map(() => '---')),
    ...rows.map((row) => line(COLUMNS.map(({ show }) => show(row)))),
  ].join('\n');
}

export function targetText({ atMost, atLeast }) {
  if (atMost !== undefined) return `≤ ${atMost}`;
  return atLeast === undefined ? '' : `≥ ${atLeast}`;
}

/** Three significant digits, and no more than are in front of the point. */
export function number(value) {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
