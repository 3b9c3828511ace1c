/** Charts: bars with their numbers, and what happened over the positions of the log. */
import { bar, el, grouped, percent, svg } from './dom.js';

const WIDTH = 720;
const HEIGHT = 180;
const LEFT = 8;
const BOTTOM = 22;
const TOP = 16;

/** Bars of `{ name, count, colour? }`, the longest as wide as there is room. */
export function bars(title, unit, entries) {
  const most = Math.max(1, ...entries.map(({ count }) => count));
  const all = entries.reduce((sum, { count }) => sum + count, 0);
  const rows = entries.flatMap(({ name, count, colour }) => [
    el('span', { className: count === 0 ? 'note' : '' }, name),
    bar(count / most, colour),
    el('span', { className: `number${count === 0 ? ' note' : ''}` }, grouped(count)),
    el('span', { className: `number${count === 0 ? ' note' : ''}` }, all === 0 ? '' : percent(count / all)),
  ]);
  return el('div', {}, el('h3', {}, `${title} (${unit})`), el('div', { className: 'bars' }, ...rows));
}

/** Puts and deletes in each range of positions, and how much that is in all. */
export function growth(positions) {
  const totals = positions.map(({ puts, deletes }) => puts + deletes);
  const most = Math.max(1, ...totals);
  const all = totals.reduce((sum, count) => sum + count, 0);
  const step = (WIDTH - 2 * LEFT) / Math.max(1, positions.length);
  const room = HEIGHT - TOP - BOTTOM;
  const base = HEIGHT - BOTTOM;
  const parts = positions.flatMap(({ from, to, puts, deletes }, index) => {
    const x = LEFT + index * step;
    const putHeight = (puts / most) * room;
    const deleteHeight = (deletes / most) * room;
    const title = `positions ${grouped(from)} to ${grouped(to)}: ${grouped(puts)} versions, ${grouped(deletes)} deletions`;
    const box = (className, y, height) =>
      svg('rect', { class: className, x: x + 0.5, y, width: Math.max(1, step - 1), height }, svg('title', {}, title));
    return [box('put', base - putHeight, putHeight), box('delete', base - putHeight - deleteHeight, deleteHeight)];
  });
  let sum = 0;
  const points = totals.map((count, index) => {
    sum += count;
    return `${LEFT + (index + 1) * step},${base - (sum / Math.max(1, all)) * room}`;
  });
  const first = positions[0];
  const last = positions[positions.length - 1];
  const label = `${grouped(all)} versions and deletions over positions ${grouped(first.from)} to ${grouped(last.to)}`;
  const chart = svg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': label },
    svg('line', { class: 'axis', x1: LEFT, x2: WIDTH - LEFT, y1: base, y2: base }),
    ...parts,
    svg('polyline', { class: 'sum', points: [`${LEFT},${base}`, ...points].join(' ') }),
    svg('text', { x: LEFT, y: HEIGHT - 6 }, `position ${grouped(first.from)}`),
    svg('text', { x: WIDTH - LEFT, y: HEIGHT - 6, 'text-anchor': 'end' }, `position ${grouped(last.to)}`),
    svg('text', { x: LEFT, y: 11 }, `bars: up to ${grouped(most)} in a range; line: all, ${grouped(all)}`),
  );
  return el('div', {}, chart);
}
