/** Trees that open level by level: what is below a page is made when it is opened. */
import { bar, counted, el, grouped, percent } from './dom.js';

/** Children that are shown at once. */
const AT_ONCE = 100;

export class Trees {
  constructor(pages, onPage) {
    this.pages = pages;
    this.onPage = onPage;
    const { trees, tableIds } = pages.figures;
    this.roots = trees.map(({ start, table, tree }) => {
      const title = `table ${tableIds[table]}${tree === 'history' ? ', older events' : ''}`;
      return { start, title };
    });
    this.elements = new Map();
    this.element = el('div', { className: 'trees' }, ...this.roots.map(({ start, title }) => this.node(start, title)));
    const { treePagesOmitted: omitted, treeLevels: levels } = pages.figures;
    if (omitted === 0) return;
    const shown = levels === null ? '' : `: of each tree the first ${counted(levels, 'level', 'levels')} can be opened`;
    const left = `${counted(omitted, 'page of the trees is', 'pages of the trees are')} left out`;
    this.element.prepend(el('p', { className: 'note' }, `The store is large${shown}; ${left}.`));
  }

  /** The nodes just below one. */
  children(node) {
    const { nodeDepth, nodePage } = this.pages.columns;
    const depth = nodeDepth[node];
    const found = [];
    for (let at = node + 1; at < nodePage.length && nodeDepth[at] > depth; at++) {
      if (nodeDepth[at] === depth + 1) found.push(at);
    }
    return found;
  }

  hasChildren(node) {
    const { nodeDepth } = this.pages.columns;
    return nodeDepth[node + 1] === nodeDepth[node] + 1;
  }

  node(node, title) {
    const line = this.line(node, title);
    if (!this.hasChildren(node)) {
      const leaf = el('div', { className: title === undefined ? 'leaf-node' : '' }, ...line);
      this.elements.set(node, leaf);
      return leaf;
    }
    const details = el('details', { className: 'node' }, el('summary', {}, ...line));
    details.addEventListener('toggle', () => this.open(details, node), { once: true });
    this.elements.set(node, details);
    return details;
  }

  open(details, node) {
    if (details.dataset.filled === 'yes') return;
    details.dataset.filled = 'yes';
    this.addChildren(details, this.children(node), 0);
  }

  addChildren(details, children, from) {
    const end = Math.min(children.length, from + AT_ONCE);
    for (const child of children.slice(from, end)) details.append(this.node(child));
    if (end === children.length) return;
    const more = el('button', { type: 'button' }, `${grouped(children.length - end)} more`);
    more.onclick = () => {
      more.remove();
      this.addChildren(details, children, end);
    };
    details.append(more);
  }

  line(node, title) {
    const { columns, figures } = this.pages;
    const page = columns.nodePage[node];
    const fill = this.pages.nodeFill(node);
    const items = columns.nodeItems[node];
    const below = columns.nodeBelow[node];
    const isThere = page < figures.pages;
    const name = `page ${grouped(page)}`;
    const onclick = (event) => {
      event.preventDefault();
      this.onPage(page);
    };
    const damage = this.pages.nodeDamage(node);
    const key = figures.nodeKeys?.[node];
    const parts = [
      fill === undefined ? undefined : `${percent(fill)} full`,
      items === 0 ? undefined : counted(items, 'item', 'items'),
      below > 1 ? counted(below - 1, 'page below', 'pages below') : undefined,
      key === undefined ? undefined : `from ${key}`,
    ];
    return [
      title === undefined ? undefined : el('strong', {}, `${title}: `),
      isThere ? el('button', { type: 'button', className: 'link', onclick }, name) : 'a page past the end of the store',
      fill === undefined ? undefined : el('span', { className: 'fill', title: `${percent(fill)} full` }, bar(fill)),
      el('span', {}, ` ${parts.filter((part) => part !== undefined).join(', ')}`),
      damage === undefined ? undefined : el('span', { className: 'harm' }, ` ! ${damage}`),
    ].filter((part) => part !== undefined);
  }

  /** Opens the trees down to a page, and brings it into view. */
  reveal(page) {
    const node = this.pages.node(page);
    if (node === undefined) return false;
    const { nodeDepth } = this.pages.columns;
    const way = [];
    for (let at = node, depth = nodeDepth[node]; at >= 0 && depth >= 1; at--) {
      if (nodeDepth[at] !== depth) continue;
      way.unshift(at);
      depth--;
    }
    for (const step of way.slice(0, -1)) {
      const details = this.elements.get(step);
      if (details === undefined) return false;
      this.open(details, step);
      details.open = true;
      this.showAll(details, way);
    }
    const shown = this.elements.get(node);
    shown?.scrollIntoView({ block: 'center' });
    shown?.querySelector('button')?.focus();
    return shown !== undefined;
  }

  /** Shows further children until one of the way is there. */
  showAll(details, way) {
    const next = way[way.findIndex((step) => this.elements.get(step) === details) + 1];
    while (next !== undefined && !this.elements.has(next)) {
      const more = [...details.children].find((child) => child.tagName === 'BUTTON');
      if (more === undefined) return;
      more.click();
    }
  }
}
