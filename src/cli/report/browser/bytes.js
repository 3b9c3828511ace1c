/** The bytes of some pages, with what they are. */
import { el, grouped } from './dom.js';

const PER_ROW = 16;
const MOST_ROWS = 8;

export class PageBytes {
  constructor(inspected) {
    this.inspected = inspected;
    this.select = el(
      'select',
      { 'aria-label': 'Page', onchange: () => this.show(Number(this.select.value)) },
      ...this.inspected.map(({ title }, index) => el('option', { value: String(index) }, title)),
    );
    this.body = el('div', { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Bytes of the page' });
    this.element = el('div', {}, el('p', { className: 'controls' }, this.select), this.body);
    if (this.inspected.length > 0) this.show(0);
  }

  /** Whether the report has the bytes of a page; they are shown then. */
  reveal(page) {
    const index = this.inspected.findIndex((each) => each.page === page);
    if (index < 0) return false;
    this.select.value = String(index);
    this.show(index);
    this.element.scrollIntoView({ block: 'start' });
    this.select.focus();
    return true;
  }

  show(index) {
    const { title, bytes, regions, problems } = this.inspected[index];
    const raw = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
    const rows = regions.flatMap((region) => this.rows(region, raw));
    const head = el('tr', {}, ...['offset', 'bytes', 'what they are'].map((name) => el('th', { scope: 'col' }, name)));
    const wrong = problems.map((text) => el('p', { className: 'harm' }, text));
    const shown = el('table', { className: 'bytes' }, el('thead', {}, head), el('tbody', {}, ...rows));
    this.body.replaceChildren(el('h3', { className: 'printed' }, title), ...wrong, shown);
  }

  rows({ offset, size, label, value, part, isHidden, problem }, raw) {
    const count = Math.ceil(size / PER_ROW);
    const rows = [];
    for (let row = 0; row < Math.min(count, MOST_ROWS); row++) {
      const start = offset + row * PER_ROW;
      const hex = isHidden ? this.hidden(Math.min(PER_ROW, offset + size - start)) : hexOf(raw, start, offset + size);
      const text = row > 0 ? '' : `${label}${value === '' ? '' : `: ${value}`}`;
      rows.push(
        el(
          'tr',
          { className: `${part}${row === 0 ? ' begins' : ''}` },
          el('td', { className: 'number mono' }, grouped(start)),
          el('td', { className: 'mono' }, hex),
          el('td', {}, text, problem === undefined ? undefined : el('span', { className: 'harm' }, ` ${problem}`)),
        ),
      );
    }
    if (count > MOST_ROWS) {
      const text = `… ${grouped(size - MOST_ROWS * PER_ROW)} bytes more`;
      rows.push(el('tr', { className: part }, el('td', {}), el('td', { className: 'mono' }, text), el('td', {})));
    }
    return rows;
  }

  hidden(count) {
    return Array(count).fill('··').join(' ');
  }
}

function hexOf(raw, start, end) {
  return Array.from(raw.subarray(start, Math.min(end, start + PER_ROW)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join(' ');
}
