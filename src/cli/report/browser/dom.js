/** Elements and texts. What comes from a store is only ever set as text. */

/** An element with properties, listeners (`onclick`), attributes with a dash, and children: elements or text. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (name.includes('-') || name === 'role') element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

/** An element of a drawing. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** 1234567 as 1,234,567; what is not known as a dash. */
export function grouped(count) {
  if (count === null || count === undefined) return '–';
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 page`, `2 pages`. */
export function counted(count, one, many) {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** What is not nothing is not 0 %, and what is not all is not 100 %. */
export function percent(fraction) {
  const rounded = Math.round(fraction * 100);
  if (rounded === 0 && fraction > 0) return '<1 %';
  if (rounded === 100 && fraction < 1) return '>99 %';
  return `${rounded} %`;
}

/** Bytes in units that people read. */
export function size(bytes) {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** A bar as wide as a fraction of its place. */
export function bar(fraction, colour) {
  const inner = el('i');
  inner.style.width = `${Math.max(fraction > 0 ? 1 : 0, Math.min(100, fraction * 100))}%`;
  if (colour !== undefined) inner.style.background = colour;
  return inner;
}

/** A part of the report, with an entry in the list of parts. */
export function section(id, title, ...children) {
  const heading = el('h2', {}, title);
  const element = el('section', { id, 'aria-label': title }, heading, ...children);
  document.querySelector('main').append(element);
  document.querySelector('nav').append(el('a', { href: `#${id}` }, title));
  return element;
}

/** A table of columns `{ name, number?, cell(row) }`. */
export function table(columns, rows) {
  const classOf = (column) => (column.number ? 'number' : '');
  const head = el(
    'tr',
    {},
    ...columns.map((column) => el('th', { className: classOf(column), scope: 'col' }, column.name)),
  );
  const body = rows.map((row) =>
    el('tr', {}, ...columns.map((column) => el('td', { className: classOf(column) }, column.cell(row)))),
  );
  const shown = el('table', {}, el('thead', {}, head), el('tbody', {}, ...body));
  return el('div', { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Table' }, shown);
}
