/** What is known of each cell of the map: a page, or several. */
import { counted, grouped, percent } from './dom.js';

const NOBODY = 0xffffffff;
const UNUSED = 0xffff;
const UNKNOWN_FILL = 255;
const NO_TABLE = 0xffffffff;
const PAGE_SIZE = 4096;

export class Pages {
  constructor(figures, columns) {
    this.figures = figures;
    this.columns = columns;
    this.cells = columns.kind.length;
    this.perCell = figures.perCell;
    this.nodes = new Map();
    for (let node = columns.nodePage.length - 1; node >= 0; node--) this.nodes.set(columns.nodePage[node], node);
  }

  cellOf(page) {
    return Math.floor(page / this.perCell);
  }

  firstPage(cell) {
    return cell * this.perCell;
  }

  name(cell) {
    const first = this.firstPage(cell);
    const last = Math.min(this.figures.pages, first + this.perCell) - 1;
    return first === last ? `page ${grouped(first)}` : `pages ${grouped(first)} to ${grouped(last)}`;
  }

  /** The class that a view shows a cell in. */
  shown(view, cell) {
    return this.columns[view][cell];
  }

  kind(cell) {
    return this.figures.views.kind.names[this.columns.kind[cell]];
  }

  isHarmed(cell) {
    return this.figures.harmful.includes(this.columns.damage[cell]);
  }

  damage(cell) {
    const number = this.columns.damage[cell];
    return number === 0 ? undefined : this.figures.codes[number];
  }

  parent(cell) {
    const parent = this.perCell === 1 ? this.columns.parent[cell] : NOBODY;
    return parent === NOBODY ? undefined : parent;
  }

  table(cell) {
    const index = this.perCell === 1 ? this.columns.tableIndex[cell] : NO_TABLE;
    return index === NO_TABLE ? undefined : this.figures.tableIds[index];
  }

  fill(cell) {
    const used = this.columns.used[cell];
    return used === UNUSED ? undefined : used / PAGE_SIZE;
  }

  stamp(cell) {
    if (this.columns.stampLow === undefined) return undefined;
    const low = this.columns.stampLow[cell];
    const high = this.columns.stampHigh === undefined ? 0 : this.columns.stampHigh[cell];
    return low === 0 && high === 0 ? undefined : BigInt(high) * 4294967296n + BigInt(low);
  }

  /** The pages from the superblock to this one. */
  way(cell) {
    const way = [];
    let at = this.parent(cell);
    while (at !== undefined && way.length < 64) {
      way.unshift(at);
      at = this.parent(at);
    }
    return way;
  }

  /** The node of a tree that a page is. */
  node(page) {
    return this.nodes.get(page);
  }

  /** How full the page of a node is; undefined where that is not known. */
  nodeFill(node) {
    const { nodeFill, nodePage } = this.columns;
    if (nodeFill === undefined) return this.fill(nodePage[node]);
    return nodeFill[node] === UNKNOWN_FILL ? undefined : nodeFill[node] / (UNKNOWN_FILL - 1);
  }

  /** The worst that was found in the page of a node. */
  nodeDamage(node) {
    const { nodeDamage, nodePage } = this.columns;
    return nodeDamage === undefined ? this.damage(nodePage[node]) : this.figures.codes[nodeDamage[node]];
  }

  /** The first key of a page, where the report has keys. */
  key(page) {
    const node = this.node(page);
    return node === undefined ? undefined : this.figures.nodeKeys?.[node];
  }

  /** All that there is to say, a line each. */
  lines(cell) {
    const fill = this.fill(cell);
    const stamp = this.stamp(cell);
    const table = this.table(cell);
    const parent = this.parent(cell);
    const key = this.perCell === 1 ? this.key(this.firstPage(cell)) : undefined;
    const damage = this.damage(cell);
    return [
      `${this.name(cell)}: ${this.perCell === 1 ? this.kind(cell) : `mostly ${this.kind(cell)}`}`,
      table === undefined ? undefined : `table ${table}`,
      parent === undefined ? undefined : `owner: page ${grouped(parent)}`,
      fill === undefined ? undefined : `${percent(fill)} full`,
      stamp === undefined ? undefined : `changed last at position ${grouped(stamp)}`,
      key === undefined ? undefined : `keys from ${key}`,
      damage === undefined ? undefined : `found: ${damage}`,
    ].filter((line) => line !== undefined);
  }

  describe() {
    const pages = counted(this.figures.pages, 'page', 'pages');
    return this.perCell === 1 ? `${pages}, a cell each` : `${pages}, ${grouped(this.perCell)} in a cell`;
  }
}
