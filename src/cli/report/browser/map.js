/** The map of pages: a canvas with a cell for each page, zoomed and hovered, and used with the keyboard. */
import { bar, el, grouped, percent } from './dom.js';

const TALLEST = 420;
const SMALLEST_CELL = 2;
const LARGEST_CELL = 48;
/** From this size on cells have a gap between them, and from that on a mark for damage. */
const GAP_FROM = 4;
const MARK_FROM = 8;
const HARM = '#e00030';
const SPOT_RADIUS = 4;
const ZOOM_STEP = 1.5;

export class PageMap {
  constructor(pages, onSelect) {
    this.pages = pages;
    this.onSelect = onSelect;
    this.view = 'kind';
    this.selected = -1;
    this.highlighted = -1;
    this.canvas = el('canvas', { tabIndex: 0, role: 'img' });
    this.spacer = el('div', {}, this.canvas);
    this.viewport = el('div', { className: 'viewport' }, this.spacer);
    this.tip = el('div', { className: 'tip', hidden: true, role: 'tooltip' });
    this.note = el('span', { className: 'note' });
    this.legend = el('ul', { className: 'legend' });
    this.element = el('div', {}, this.controls(), el('div', { className: 'map' }, this.viewport, this.legend));
    document.body.append(this.tip);
    this.listen();
  }

  controls() {
    const { views } = this.pages.figures;
    this.buttons = Object.keys(views).map((view) =>
      el('button', { type: 'button', onclick: () => this.show(view), 'aria-pressed': 'false' }, view),
    );
    const zoom = (text, label, factor) =>
      el('button', { type: 'button', onclick: () => this.zoom(factor), 'aria-label': label }, text);
    return el(
      'div',
      { className: 'controls' },
      el('span', { className: 'group', role: 'group', 'aria-label': 'What the cells show' }, ...this.buttons),
      el(
        'span',
        { className: 'group', role: 'group', 'aria-label': 'Zoom' },
        zoom('−', 'Smaller cells', 1 / ZOOM_STEP),
        zoom('+', 'Larger cells', ZOOM_STEP),
        el('button', { type: 'button', onclick: () => this.fit() }, 'fit'),
      ),
      this.note,
    );
  }

  listen() {
    const { canvas, viewport } = this;
    viewport.addEventListener('scroll', () => this.draw());
    canvas.addEventListener('pointermove', (event) => this.hover(this.cellAt(event), event.clientX, event.clientY));
    canvas.addEventListener('pointerleave', () => this.hideTip());
    canvas.addEventListener('click', (event) => {
      const cell = this.cellAt(event);
      if (cell >= 0) this.select(cell);
    });
    canvas.addEventListener('keydown', (event) => this.key(event));
    canvas.addEventListener('blur', () => this.hideTip());
    new ResizeObserver(() => this.layout()).observe(viewport);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
    addEventListener('beforeprint', () => this.layout(true));
    addEventListener('afterprint', () => this.layout());
  }

  /** Shows what the cells are by: kind, fill, age, table. */
  show(view) {
    this.view = view;
    this.highlighted = -1;
    for (const button of this.buttons) {
      button.setAttribute('aria-pressed', String(button.textContent === view));
    }
    this.fillLegend();
    this.draw();
  }

  fillLegend() {
    const { names, colours, counts } = this.pages.figures.views[this.view];
    const all = this.pages.figures.pages;
    const entries = names.flatMap((name, index) => {
      if (counts[index] === 0) return [];
      const swatch = el('span', { className: 'swatch' });
      swatch.style.background = colours[index];
      const button = el(
        'button',
        { type: 'button', 'aria-pressed': 'false', onclick: () => this.highlight(index, button) },
        swatch,
        el('span', {}, name),
        el('span', { className: 'number' }, grouped(counts[index])),
        el('span', { className: 'number' }, percent(counts[index] / all)),
        el('span', { className: 'meter' }, bar(counts[index] / all)),
      );
      return [el('li', {}, button)];
    });
    const harmed = this.pages.figures.harmedPages;
    const swatch = el('span', { className: 'swatch' });
    swatch.style.background = HARM;
    const text = harmed === 0 ? 'no damage was found' : `! ${grouped(harmed)} with damage`;
    this.legend.replaceChildren(...entries, el('li', { className: harmed === 0 ? 'note' : 'harm' }, text));
  }

  /** Dims the cells of all other classes. */
  highlight(index, button) {
    this.highlighted = this.highlighted === index ? -1 : index;
    for (const each of this.legend.querySelectorAll('button')) each.setAttribute('aria-pressed', 'false');
    button.setAttribute('aria-pressed', String(this.highlighted === index));
    this.draw();
  }

  fit() {
    this.size = undefined;
    this.layout();
  }

  zoom(factor) {
    this.size = Math.max(SMALLEST_CELL, Math.min(LARGEST_CELL, Math.round(this.cell * factor + Math.sign(factor - 1))));
    this.layout();
  }

  layout(isWhole = false) {
    const width = this.viewport.clientWidth;
    if (width === 0) return;
    const { cells } = this.pages;
    const fitting = Math.floor(Math.sqrt((width * TALLEST) / Math.max(1, cells)));
    this.cell = this.size ?? Math.max(SMALLEST_CELL, Math.min(22, fitting));
    this.columns = Math.max(1, Math.floor(width / this.cell));
    const rows = Math.ceil(cells / this.columns);
    const height = rows * this.cell;
    this.shownHeight = isWhole ? Math.min(height, 8000) : Math.min(height, TALLEST);
    this.spacer.style.height = `${height}px`;
    const rest = height > this.shownHeight ? 'scroll for the rest, ' : '';
    this.note.textContent = `${this.pages.describe()}; ${rest}arrow keys move, Enter chooses`;
    const scale = devicePixelRatio || 1;
    this.canvas.width = width * scale;
    this.canvas.height = this.shownHeight * scale;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${this.shownHeight}px`;
    Object.assign(this.canvas.dataset, { cell: this.cell, columns: this.columns, cells });
    this.draw();
  }

  draw() {
    if (this.cell === undefined) return;
    const { pages, cell: length, columns, view, highlighted } = this;
    const { colours } = pages.figures.views[view];
    const context = this.canvas.getContext('2d');
    const scale = devicePixelRatio || 1;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const top = Math.floor(this.viewport.scrollTop);
    const first = Math.floor(top / length) * columns;
    const last = Math.min(pages.cells, Math.ceil((top + this.shownHeight) / length) * columns);
    const inner = length >= GAP_FROM ? length - 1 : length;
    const spots = [];
    for (let index = first; index < last; index++) {
      const x = (index % columns) * length;
      const y = Math.floor(index / columns) * length - top;
      const shown = pages.shown(view, index);
      const isHarmed = pages.isHarmed(index);
      context.globalAlpha = highlighted < 0 || shown === highlighted ? 1 : 0.15;
      context.fillStyle = isHarmed ? HARM : colours[shown];
      context.fillRect(x, y, inner, inner);
      if (isHarmed && length >= MARK_FROM) this.mark(context, x, y, inner);
      else if (isHarmed) spots.push({ x: x + length / 2, y: y + length / 2 });
    }
    context.globalAlpha = 1;
    for (const spot of spots) this.spot(context, spot);
    this.outline(context, top);
    const label = pages.describe();
    this.canvas.setAttribute('aria-label', `Map of pages by ${view}: ${label}`);
  }

  mark(context, x, y, inner) {
    context.fillStyle = '#ffffff';
    context.font = `bold ${Math.round(inner * 0.9)}px sans-serif`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText('!', x + inner / 2, y + inner / 2 + 1);
  }

  /** Damage in a cell that is too small to be seen. */
  spot(context, { x, y }) {
    context.beginPath();
    context.arc(x, y, SPOT_RADIUS, 0, 2 * Math.PI);
    context.fillStyle = HARM;
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = '#ffffff';
    context.stroke();
  }

  outline(context, top) {
    if (this.selected < 0) return;
    const x = (this.selected % this.columns) * this.cell;
    const y = Math.floor(this.selected / this.columns) * this.cell - top;
    const style = getComputedStyle(document.documentElement);
    context.lineWidth = 2;
    context.strokeStyle = style.getPropertyValue('--paper');
    context.strokeRect(x - 2, y - 2, this.cell + 3, this.cell + 3);
    context.strokeStyle = style.getPropertyValue('--ink');
    context.strokeRect(x - 1, y - 1, this.cell + 1, this.cell + 1);
  }

  cellAt({ offsetX, offsetY }) {
    const column = Math.floor(offsetX / this.cell);
    const row = Math.floor((offsetY + this.viewport.scrollTop) / this.cell);
    const index = row * this.columns + column;
    return column < this.columns && index < this.pages.cells ? index : -1;
  }

  hover(cell, x, y) {
    if (cell < 0) return this.hideTip();
    this.tip.textContent = this.pages.lines(cell).join('\n');
    this.tip.hidden = false;
    const { width, height } = this.tip.getBoundingClientRect();
    this.tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - width - 8))}px`;
    this.tip.style.top = `${y + height + 24 > innerHeight ? y - height - 10 : y + 16}px`;
  }

  hideTip() {
    this.tip.hidden = true;
  }

  /** Chooses a cell, brings it into view, and tells about it. */
  select(cell, isQuiet = false) {
    this.selected = Math.max(0, Math.min(this.pages.cells - 1, cell));
    const y = Math.floor(this.selected / this.columns) * this.cell;
    const { scrollTop } = this.viewport;
    if (y < scrollTop || y + this.cell > scrollTop + this.shownHeight) {
      this.viewport.scrollTop = Math.max(0, y - this.shownHeight / 2);
    }
    this.draw();
    if (!isQuiet) this.onSelect(this.selected);
  }

  key(event) {
    const perPage = this.columns * Math.max(1, Math.floor(this.shownHeight / this.cell) - 1);
    const moves = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -this.columns,
      ArrowDown: this.columns,
      PageUp: -perPage,
      PageDown: perPage,
      Home: -this.pages.cells,
      End: this.pages.cells,
    };
    if (event.key === '+' || event.key === '=') this.zoom(ZOOM_STEP);
    else if (event.key === '-') this.zoom(1 / ZOOM_STEP);
    else if (event.key in moves) this.select(this.selected < 0 ? 0 : this.selected + moves[event.key]);
    else if (event.key === 'Enter' && this.selected >= 0) this.onSelect(this.selected, true);
    else return;
    event.preventDefault();
  }
}
