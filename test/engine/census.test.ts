/** A census of pages against what each page says itself, and against what verify and stat say of the store. */
import { expect } from 'chai';
import {
  classesOf,
  countClasses,
  FINDING_KINDS,
  lookSteps,
  runSteps,
  stat,
  type StoreLook,
  type TreeNode,
  verify,
  WriteBatch,
} from '../../src/engine/index.js';
import { type FormatNumber, FORMATS } from '../support/any-format.js';
import { utf8 } from '../support/bytes.js';
import { classifyPages, LONG_KEY } from '../support/classified-pages.js';
import { ownDamages } from '../support/damage.js';
import { damagedStores, goldenStores } from '../support/golden.js';
import { MemoryFiles } from '../support/memory-files.js';
import { memoryWith, newStore, STORE_PATH } from '../support/memory-store.js';

/** Rows, versions, deletions; in format 2 long values, and pages that a purge has freed. */
function mixedStore(format: FormatNumber): MemoryFiles {
  const files = new MemoryFiles();
  const store = newStore(files, format);
  for (let position = 1; position <= 40; position++) {
    const batch = new WriteBatch(BigInt(position));
    for (let row = 0; row < 25; row++) batch.put(1n, utf8(`row-${position}-${row}`), utf8('v'.repeat(row * 4)));
    batch.put(2n, utf8(`hot-${position % 4}`), utf8(`${position}`.repeat(40)));
    batch.put(3n, utf8(`drop-${position}`), utf8('d'.repeat(300)));
    if (format === 2 && position % 10 === 0) batch.put(4n, utf8(LONG_KEY), utf8('l'.repeat(position * 300)));
    if (position % 9 === 0) batch.delete(1n, utf8(`row-${position - 1}-3`));
    store.apply(batch);
    if (position === 30 && format === 2) store.sync();
  }
  if (format === 2) store.apply(new WriteBatch(41n).purge(3n));
  store.sync();
  store.close();
  return files;
}

const lookAt = (files: MemoryFiles): StoreLook => runSteps(lookSteps(STORE_PATH, { files, figures: true }));

const nodesOf = (look: StoreLook): TreeNode[] => [...look.nodes()].filter((node) => node !== undefined);

function expectAgreement(files: MemoryFiles): void {
  const look = lookAt(files);
  const { census, figures, report } = look;
  const classified = classifyPages(files.get(STORE_PATH));
  const facts = classified.map((_, page) => census.facts(page));
  expect(facts.map(({ kind }) => kind)).to.deep.equal(classified.map(({ kind }) => kind));
  expect(classified.map((_, page) => census.used(page) ?? null)).to.deep.equal(classified.map(({ used }) => used));
  if (census.hasStamps) {
    expect(facts.map(({ table }) => table)).to.deep.equal(classified.map(({ table }) => table));
    expect(facts.map(({ stamp }) => stamp)).to.deep.equal(classified.map(({ stamp }) => stamp));
  }
  const figuresOfStat = stat(STORE_PATH, { files });
  const counts = census.counts();
  const { leaf, internal, historyLeaf, historyInternal, value } = figuresOfStat.total.pages;
  expect([
    counts.leaf,
    counts.internal,
    counts['history-leaf'],
    counts['history-internal'],
    counts.value,
  ]).to.deep.equal([leaf, internal, historyLeaf, historyInternal, value]);
  expect(counts.free).to.equal(figuresOfStat.storePages.free);
  expect(counts.catalogue).to.equal(figuresOfStat.storePages.catalogue);
  const { foreignFile: _, ...checked } = verify(STORE_PATH, { files });
  expect(report).to.deep.include(checked);
  const { positions, ...counted } = figures!;
  expect(figuresOfStat).to.deep.include(counted);
  const fills = countClasses(census, classesOf(census, 'fill'));
  const trees = counts.catalogue === 0 ? fills.slice(0, 10) : undefined;
  if (trees !== undefined) expect(trees).to.deep.equal(figuresOfStat.spread?.fill);
  if (figuresOfStat.age !== null && counts.catalogue === 0) {
    const ages = countClasses(census, classesOf(census, 'age'));
    expect(figuresOfStat.age.map(({ pages }) => pages)).to.deep.equal(ages.slice(0, figuresOfStat.age.length));
  }
  const puts = positions.reduce((sum, part) => sum + part.puts, 0);
  // The crate leaves versions that no position sees.
  expect(puts).to.be.at.most(figuresOfStat.total.versions!);
  if (figuresOfStat.total.events !== null) {
    const deletes = positions.reduce((sum, part) => sum + part.deletes, 0);
    expect([puts, puts + deletes]).to.deep.equal([figuresOfStat.total.versions, figuresOfStat.total.events]);
  }
  expectTrees(look, classified.length);
  expectOutline(look);
}

/** The trees as columns are what they are page by page. */
function expectOutline(look: StoreLook): void {
  const nodes = nodesOf(look);
  const keys = new Map<number, Uint8Array>();
  const onKey = (node: number, key: Uint8Array): unknown => keys.set(node, key);
  const { trees, omitted, levels, page, depth, items, below } = look.outline({ nodesMax: nodes.length + 1, onKey });
  const columnOf = (id: number): number => (id < 0 || id > 0xffffffff ? 0xffffffff : id);
  const outlined = nodes.map((_, node) => [page[node], depth[node], items[node], below[node], keys.get(node) ?? null]);
  expect(outlined).to.deep.equal(
    nodes.map((node) => [columnOf(node.page), node.depth, node.items ?? 0, node.pages, node.low]),
  );
  const { records } = look.census;
  expect(trees.map((tree) => ({ ...tree, table: records[tree.table]?.id }))).to.deep.equal(
    nodes.flatMap(({ depth: level, table, tree }, start) => (level === 1 ? [{ start, table, tree }] : [])),
  );
  expect([page.length, omitted, levels]).to.deep.equal([nodes.length, 0, undefined]);
}

function expectTrees(look: StoreLook, pages: number): void {
  const nodes = nodesOf(look);
  const treePages = look.census.counts();
  const inTrees = treePages.leaf + treePages.internal + treePages['history-leaf'] + treePages['history-internal'];
  expect(new Set(nodes.map(({ page }) => page)).size).to.equal(inTrees);
  expect(nodes).to.have.length(inTrees);
  const roots = nodes.filter(({ depth }) => depth === 1);
  expect(roots.reduce((sum, root) => sum + root.pages, 0)).to.equal(inTrees + treePages.value);
  const step = Math.ceil(pages / 40);
  for (let page = 0; page < pages; page += step) {
    const { path } = look.owner(page);
    const isOwned = look.census.parent(page) !== undefined || look.census.kind(page) === 'superblock';
    expect(path.at(-1)?.page, `page ${page}`).to.equal(isOwned ? page : undefined);
    for (const { pointer } of path.slice(0, -1)) expect(pointer?.by).to.not.be.oneOf([undefined, 'unknown']);
  }
}

describe('a census of pages', () => {
  for (const format of FORMATS) {
    it(`is what each page says, and what verify and stat count, in format ${format}`, () => {
      expectAgreement(mixedStore(format));
    });
  }

  it('gives the upper levels of trees where there is no room for all', () => {
    const look = lookAt(mixedStore(2));
    const nodes = nodesOf(look);
    const roots = nodes.filter(({ depth }) => depth === 1);
    const upper = look.outline({ nodesMax: nodes.length - 1 });
    expect([...upper.page]).to.deep.equal(roots.map(({ page }) => page));
    expect([upper.levels, upper.omitted]).to.deep.equal([1, nodes.length - roots.length]);
    const few = look.outline({ nodesMax: 1 });
    expect([few.page.length, few.trees.length, few.omitted]).to.deep.equal([1, 1, nodes.length - 1]);
  });

  it('is that in stores that the crate wrote', () => {
    for (const { bytes } of goldenStores()) {
      const counts = lookAt(memoryWith(bytes)).census.counts();
      if (counts.leaked === 0) expectAgreement(memoryWith(bytes));
    }
  });

  it('has the damage of a store where verify has it', () => {
    const damaged = [...ownDamages().map(({ bytes }) => bytes), ...damagedStores().map(({ bytes }) => bytes)];
    for (const bytes of damaged) expectDamage(memoryWith(bytes));
  });
});

function expectDamage(files: MemoryFiles): void {
  const checked = verify(STORE_PATH, { files, findingsMax: 10_000 });
  const look = lookAt(files);
  const { census, report } = look;
  expectOutline(look);
  expect(report.ok).to.equal(checked.ok);
  expect(report.codes).to.deep.equal(checked.codes);
  const counts = census.counts();
  expect(counts.leaked).to.equal(checked.pagesLeaked);
  if (checked.pagesFree !== null) expect(counts.unknown).to.equal(checked.pagesNotJudged);
  for (const { code, page, path } of checked.findings) {
    const shownOn = page < census.pages ? page : (path.findLast((above) => above < census.pages) ?? 0);
    expect(census.damage.codes(shownOn), `${code} of page ${page}`).to.include(code);
  }
  for (let page = 0; page < census.pages; page++) {
    for (const code of census.damage.codes(page)) expect(checked.codes).to.have.property(code);
    const severity = census.damage.severity(page);
    const [worst] = census.damage.codes(page);
    expect(severity).to.equal(worst === undefined ? undefined : FINDING_KINDS[worst].severity);
  }
}
