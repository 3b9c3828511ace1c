/** Makes the report of its data. */
import { PageBytes } from './bytes.js';
import { bars, growth } from './charts.js';
import { readColumns, readFigures } from './data.js';
import { counted, el, grouped, percent, section, size, table } from './dom.js';
import { PageMap } from './map.js';
import { Pages } from './pages.js';
import { Trees } from './trees.js';

const FINDINGS_LINKED = 8;

function link(text, onclick) {
  return el('button', { type: 'button', onclick }, text);
}

class Report {
  constructor(figures, columns) {
    this.figures = figures;
    this.pages = new Pages(figures, columns);
    this.overview();
    this.findings();
    this.map();
    this.tables();
    this.trees();
    this.charts();
    this.keys();
    this.bytes();
  }

  overview() {
    const { bytes, pages, format, position, hash, total, tables, tableCount } = this.figures;
    const fact = (name, value) => el('div', {}, el('dt', {}, name), el('dd', {}, value));
    const facts = [
      fact('size', size(bytes)),
      fact('pages', grouped(pages)),
      fact('format', format === null ? 'not known' : String(format)),
      fact('applied position', grouped(position)),
      fact('tables', grouped(tableCount ?? tables.length)),
      fact('rows', grouped(total?.rows)),
      fact('keys', grouped(total?.keys)),
      fact('versions', grouped(total?.versions)),
      fact('fill of tables', total === null || total.fill === null ? '–' : percent(total.fill)),
    ];
    const log =
      hash === null
        ? undefined
        : el('p', { className: 'note' }, 'hash of the log: ', el('span', { className: 'mono' }, hash));
    section('overview', 'Overview', el('dl', { className: 'facts' }, ...facts), log);
  }

  findings() {
    const { findingKinds, nextSteps, readable } = this.figures;
    const none = findingKinds.length === 0 ? el('p', {}, 'Nothing is wrong with this store.') : undefined;
    const list = (title, lines) =>
      lines.length === 0
        ? undefined
        : el(
            'div',
            { className: 'steps' },
            el('h3', {}, title),
            el('ul', {}, ...lines.map((line) => el('li', {}, line))),
          );
    section(
      'findings',
      'Findings',
      none,
      list('What to do', nextSteps),
      list('What can be read', readable),
      ...findingKinds.map((kind) => this.findingsOf(kind)),
    );
  }

  /** What was found of a kind. */
  findingsOf({ code, severity, meaning, count }) {
    const entries = this.figures.findings.flatMap((finding, index) =>
      finding.code === code ? [this.finding(finding, index)] : [],
    );
    const omitted = count - entries.length;
    return el(
      'div',
      { className: 'kind' },
      el('h3', {}, el('span', { className: `tag ${severity}` }, `${severity} ${code}`), ` ${meaning}`),
      el('ul', { className: 'findings' }, ...entries),
      omitted > 0 ? el('p', { className: 'note' }, `${grouped(omitted)} more, which verify-pages lists`) : undefined,
    );
  }

  finding({ page, table: id, message, path }, index) {
    const onclick = () => this.show(page);
    const isThere = page < this.figures.pages;
    const name = `page ${grouped(page)}`;
    const text = message?.startsWith(`page ${page}: `) ? message.slice(`page ${page}: `.length) : message;
    const where = [
      id === null ? undefined : `table ${id}`,
      path.length > 1 ? `below ${path.slice(0, -1).map(grouped).join(' → ')}` : undefined,
    ].filter((part) => part !== undefined);
    return el(
      'li',
      { id: `finding-${index}`, tabIndex: -1 },
      isThere ? el('button', { type: 'button', className: 'link', onclick }, name) : `${name}, which is not there`,
      text === null ? undefined : `: ${text}`,
      where.length === 0 ? undefined : el('span', { className: 'note' }, ` (${where.join(', ')})`),
    );
  }

  map() {
    this.detail = el(
      'div',
      { className: 'detail unchosen', 'aria-live': 'polite' },
      'Choose a cell to see what its page is.',
    );
    this.pageMap = new PageMap(this.pages, (cell, isMeant) => this.tell(cell, isMeant));
    section('map', 'Page map', this.pageMap.element, this.detail);
    this.pageMap.show('kind');
    this.pageMap.layout();
  }

  /** Shows a page on the map, and what is known of it. */
  show(page) {
    const cell = this.pages.cellOf(page);
    document.getElementById('map').scrollIntoView({ block: 'start' });
    this.pageMap.select(cell);
    this.pageMap.canvas.focus({ preventScroll: true });
  }

  tell(cell, isMeant = false) {
    const page = this.pages.firstPage(cell);
    const [head, ...lines] = this.pages.lines(cell);
    const links = [...(this.pages.perCell === 1 ? this.links(page, cell) : []), ...this.linksToFindings(cell)];
    this.detail.classList.remove('unchosen');
    this.detail.replaceChildren(
      el('p', {}, el('strong', {}, head), lines.length === 0 ? '' : ` · ${lines.join(' · ')}`),
      el('p', {}, ...links.flatMap((link) => [link, ' '])),
    );
    if (isMeant) this.detail.querySelector('button')?.focus();
  }

  links(page, cell) {
    return [
      ...this.pages.way(cell).map((above) => link(`▲ page ${grouped(above)}`, () => this.show(above))),
      ...(this.pages.node(page) === undefined ? [] : [link('in its tree', () => this.treesShown.reveal(page))]),
      ...(this.figures.inspected.some((each) => each.page === page)
        ? [link('its bytes', () => this.pageBytes.reveal(page))]
        : []),
    ];
  }

  /** The first of what was found in a cell. */
  linksToFindings(cell) {
    const toFinding = (index) => () => {
      const entry = document.getElementById(`finding-${index}`);
      entry.scrollIntoView({ block: 'center' });
      entry.focus({ preventScroll: true });
    };
    return this.figures.findings
      .flatMap(({ page, code }, index) =>
        this.pages.cellOf(page) === cell ? [link(`what was found: ${code}`, toFinding(index))] : [],
      )
      .slice(0, FINDINGS_LINKED);
  }

  tables() {
    const { tables, tableCount } = this.figures;
    const columns = [
      { name: 'table', number: true, cell: ({ id }) => String(id) },
      ...[
        ['rows', ({ rows }) => rows],
        ['keys', ({ keys }) => keys],
        ['versions', ({ versions }) => versions],
        ['pages', ({ pages }) => pages],
        ['height', ({ height }) => height],
        ['oldest', ({ oldest }) => oldest],
        ['changed last', ({ lastChanged }) => lastChanged],
      ].map(([name, value]) => ({ name, number: true, cell: (row) => grouped(value(row)) })),
      { name: 'fill', number: true, cell: ({ fill }) => (fill === null ? '–' : percent(fill)) },
    ];
    const omitted = tableCount - tables.length;
    const more =
      omitted > 0 ? el('p', { className: 'note' }, `${counted(omitted, 'table', 'tables')} more`) : undefined;
    const note = 'The store is damaged: figures are of what can be reached.';
    section(
      'tables',
      'Tables',
      this.figures.isWhole ? undefined : el('p', { className: 'note' }, note),
      tables.length === 0
        ? el('p', {}, this.figures.format === null ? 'No table can be found.' : 'There are no tables.')
        : table(columns, tables),
      more,
    );
  }

  trees() {
    if (this.figures.trees.length === 0) return;
    this.treesShown = new Trees(this.pages, (page) => this.show(page));
    section('trees', 'Trees', this.treesShown.element);
  }

  charts() {
    const { spread, views, bytesByUse, positions } = this.figures;
    const range = ({ from, to }) => (from === to ? grouped(from) : `${grouped(from)} to ${grouped(to)}`);
    const steps = (list) => list.map((step) => ({ name: range(step), count: step.count }));
    const ofView = ({ names, colours, counts, none }) =>
      names
        .map((name, index) => ({ name, count: counts[index], colour: colours[index] }))
        .filter((_, index) => index !== none);
    const charts = [
      ['How full pages are', 'pages', ofView(views.fill)],
      ['What bytes are for', 'bytes of tables', bytesByUse ?? []],
      ['Versions a key', 'keys', steps(spread?.versions ?? [])],
      ['Bytes of values', 'rows', steps(spread?.valueBytes ?? [])],
      ['When pages were changed last', 'pages', ofView(views.age).filter(({ name }) => name !== '')],
    ].filter(([, , entries]) => entries.some(({ count }) => count > 0));
    if (charts.length === 0) return;
    const shown = charts.map(([title, unit, entries]) => bars(title, unit, entries));
    section('figures', 'Figures', el('div', { className: 'charts' }, ...shown));
    if (positions.some(({ puts, deletes }) => puts + deletes > 0)) {
      const text = 'What each range of positions wrote of what is still known: versions, and on top of them deletions.';
      section('growth', 'Growth', growth(positions), el('p', { className: 'note' }, text));
    }
  }

  keys() {
    const { hottest, largest, showData } = this.figures;
    if (hottest === null || hottest.length === 0) return;
    const columns = [
      { name: 'table', number: true, cell: ({ table: id }) => String(id) },
      {
        name: 'key',
        cell: ({ key }) => (key === null ? '–' : el('span', { className: 'mono' }, key)),
      },
      { name: 'versions', number: true, cell: ({ versions }) => grouped(versions) },
      { name: 'bytes', number: true, cell: ({ bytes }) => grouped(bytes) },
    ];
    const note = showData
      ? undefined
      : el('p', { className: 'note' }, 'Keys and values are only in reports made with --show-data.');
    section(
      'keys',
      'Keys',
      note,
      el(
        'div',
        { className: 'charts' },
        el('div', {}, el('h3', {}, 'The hottest'), table(columns, hottest)),
        el('div', {}, el('h3', {}, 'The largest'), table(columns, largest)),
      ),
    );
  }

  bytes() {
    this.pageBytes = new PageBytes(this.figures.inspected);
    section('bytes', 'Bytes', this.pageBytes.element);
  }
}

async function start() {
  const { inspected, ...columns } = await readColumns();
  new Report({ ...readFigures(), inspected }, columns);
  document.documentElement.dataset.ready = 'yes';
}

void start();
