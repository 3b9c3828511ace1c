/** Makes the report of its data. */
import { PageBytes } from './bytes.js';
import { bars, growth } from './charts.js';
import { readColumns, readFigures } from './data.js';
import { counted, el, grouped, percent, section, size, table } from './dom.js';
import { PageMap } from './map.js';
import { Pages } from './pages.js';
import { Trees } from './trees.js';

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
    const { findings, findingsOmitted } = this.figures;
    const entries = findings.map((finding, index) => this.finding(finding, index));
    const more = findingsOmitted > 0 ? el('p', { className: 'note' }, `${grouped(findingsOmitted)} more`) : undefined;
    const none = el('p', {}, 'Nothing is wrong with this store.');
    section(
      'findings',
      'Findings',
      findings.length === 0 ? none : el('ul', { className: 'findings' }, ...entries),
      more,
    );
  }

  finding({ code, severity, page, table: id, message, meaning, remedy, path }, index) {
    const where = el(
      'button',
      { type: 'button', className: 'link', onclick: () => this.show(page) },
      `page ${grouped(page)}`,
    );
    const way = path.length > 1 ? `, on the way ${path.join(' → ')}` : '';
    return el(
      'li',
      { id: `finding-${index}`, tabIndex: -1 },
      el(
        'p',
        {},
        el('span', { className: `tag ${severity}` }, `${severity} ${code}`),
        ' ',
        where,
        `${way}${id === null ? '' : `, table ${id}`}`,
      ),
      el('p', {}, message),
      message === meaning ? undefined : el('p', { className: 'note' }, meaning),
      el('p', {}, el('strong', {}, 'What to do: '), remedy),
    );
  }

  map() {
    this.detail = el('div', { className: 'detail', 'aria-live': 'polite' }, 'Choose a cell to see what its page is.');
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
    const links = this.pages.perCell === 1 ? this.links(page, cell) : [];
    this.detail.replaceChildren(
      el('p', {}, el('strong', {}, head), lines.length === 0 ? '' : ` · ${lines.join(' · ')}`),
      el('p', {}, ...links.flatMap((link) => [link, ' '])),
    );
    if (isMeant) this.detail.querySelector('button')?.focus();
  }

  links(page, cell) {
    const link = (text, onclick) => el('button', { type: 'button', onclick }, text);
    const way = this.pages.way(cell);
    const found = this.figures.findings.findIndex((finding) => finding.page === page);
    const toFinding = () => {
      const entry = document.getElementById(`finding-${found}`);
      entry.scrollIntoView({ block: 'center' });
      entry.focus({ preventScroll: true });
    };
    return [
      ...way.map((above) => link(`▲ page ${grouped(above)}`, () => this.show(above))),
      ...(this.pages.node(page) === undefined ? [] : [link('in its tree', () => this.treesShown.reveal(page))]),
      ...(this.figures.inspected.some((each) => each.page === page)
        ? [link('its bytes', () => this.pageBytes.reveal(page))]
        : []),
      ...(found < 0 ? [] : [link('what was found', toFinding)]),
    ];
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
      tables.length === 0 ? el('p', {}, 'There are no tables.') : table(columns, tables),
      more,
    );
  }

  trees() {
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
    const hasAge = ofView(views.age).some(({ count }) => count > 0);
    const shown = [
      bars('How full pages are', 'pages', ofView(views.fill)),
      ...(bytesByUse === null ? [] : [bars('What bytes are for', 'bytes of tables', bytesByUse)]),
      ...(spread === null || spread.versions.length === 0
        ? []
        : [bars('Versions a key', 'keys', steps(spread.versions))]),
      ...(spread === null || spread.valueBytes.length === 0
        ? []
        : [bars('Bytes of values', 'rows', steps(spread.valueBytes))]),
      ...(hasAge
        ? [
            bars(
              'When pages were changed last',
              'pages',
              ofView(views.age).filter(({ name }) => name !== ''),
            ),
          ]
        : []),
    ];
    section('figures', 'Figures', el('div', { className: 'charts' }, ...shown));
    if (positions.length > 0) {
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
