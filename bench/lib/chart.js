/** A chart of ratios as SVG: a bar a comparison, its spread, and the target as a mark. */
import { number, targetText } from './markdown.js';

const WIDTH = 960;
const LABELS = 400;
const VALUES = 160;
const ROW = 24;
const BAR = 12;
const TOP = 56;
const COLOURS = { met: '#2f7d4f', missed: '#b4452c', none: '#6b7785', spread: '#22282f', target: '#22282f' };
/** Ratios are shown up to this; longer bars end here. */
const RATIO_MAX = 10;

const BARS = WIDTH - LABELS - VALUES;
/** On a scale of logarithms a ratio of 1 is in the middle, and twice as fast is as far from it as half as fast. */
const x = (ratio) => LABELS + (BARS / 2) * (1 + Math.log(clamp(ratio)) / Math.log(RATIO_MAX));
const clamp = (ratio) => Math.min(Math.max(ratio, 1 / RATIO_MAX), RATIO_MAX);

/** Text as it may be between tags and in attributes. */
export function escapeXml(text) {
  const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
  // Other control characters have no place in XML, escaped or not.
  return text.replace(/[&<>"']/g, (char) => escapes[char]).replace(/\p{Cc}/gu, '\uFFFD');
}

/** @param rows of the report; those without a ratio are left out */
export function makeChart(rows, title) {
  const bars = rows.filter(({ ratio }) => ratio !== undefined);
  const height = TOP + bars.length * ROW + 16;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(16, 22, title, { 'font-size': 15, 'font-weight': 'bold' }),
    ...gridLines(height),
    ...bars.flatMap((row, index) => barOf(row, TOP + index * ROW)),
    '</svg>',
    '',
  ].join('\n');
}

function gridLines(height) {
  return [0.1, 0.25, 0.5, 1, 2, 4, 10].flatMap((ratio) => [
    line(x(ratio), TOP - 6, x(ratio), height - 10, ratio === 1 ? '#22282f' : '#d5dae0', 1),
    text(x(ratio), TOP - 12, `${ratio}`, { 'text-anchor': 'middle', fill: '#55606b' }),
  ]);
}

function barOf(row, top) {
  const { work, peer, unit, ratio, low, high, met } = row;
  const middle = top + ROW / 2;
  const colour = met === undefined ? COLOURS.none : met ? COLOURS.met : COLOURS.missed;
  const [from, to] = [x(1), x(ratio)].sort((a, b) => a - b);
  const limit = row.atMost ?? row.atLeast;
  return [
    text(16, middle + 4, `${work} / ${peer} (${unit})`),
    rect(from, top + (ROW - BAR) / 2, to - from, BAR, colour),
    line(x(low), middle, x(high), middle, COLOURS.spread, 1),
    ...(limit === undefined ? [] : [line(x(limit), top + 2, x(limit), top + ROW - 2, COLOURS.target, 3)]),
    text(WIDTH - VALUES + 12, middle + 4, `${number(ratio)}   ${targetText(row)}`),
  ];
}

function text(left, base, content, attributes = {}) {
  return `<text x="${round(left)}" y="${round(base)}"${attributesText(attributes)}>${escapeXml(content)}</text>`;
}

function rect(left, top, width, height, fill) {
  return `<rect x="${round(left)}" y="${round(top)}" width="${round(width)}" height="${height}" fill="${fill}"/>`;
}

function line(x1, y1, x2, y2, stroke, width) {
  const ends = `x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"`;
  return `<line ${ends} stroke="${stroke}" stroke-width="${width}"/>`;
}

function attributesText(attributes) {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeXml(`${value}`)}"`)
    .join('');
}

function round(value) {
  return Math.round(value * 10) / 10;
}
