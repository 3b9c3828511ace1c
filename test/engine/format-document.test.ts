/** docs/FORMAT.md is the authority on the bytes; the description that the engine works by must say the same. */
import { expect } from 'chai';
import type { Structure } from '../../src/engine/bytes/field-structure.js';
import { CRC_OFFSET, MAX_TABLES, PAGE_HEADER } from '../../src/engine/format/layout.js';
import { PAGE_TYPE_NAMES } from '../../src/engine/format/page-types.js';
import {
  CHECKSUM,
  ENTRY,
  PAGE_HEADER_FIELDS,
  SEPARATOR,
  SLOT,
  SUPERBLOCK_FIELDS,
  TABLE_ENTRY,
  VERSION,
} from '../../src/engine/format/structures.js';
import {
  DELETED,
  ENTRY_OVERHEAD_2,
  EVENT_HEADER,
  EXTERNAL,
  INLINE_ITEM_MAX,
  MARKER,
  RUN_MAX,
  VALUE_MAX,
} from '../../src/engine/format/v2/event-layout.js';
import { SALVAGED_WITH_LOSSES } from '../../src/engine/format/v2/features.js';
import { PAGES_2 } from '../../src/engine/format/v2/pages.js';
import { RECORDS_OFFSET, RECORDS_ROOM } from '../../src/engine/format/v2/records.js';
import * as STRUCTURES_2 from '../../src/engine/format/v2/structures.js';
import { VALUE_BYTES_OFFSET, VALUE_PAGE_CAPACITY } from '../../src/engine/format/v2/value-page.js';
import {
  blocksBelow,
  grammarOf,
  type Row,
  rowsOf,
  sectionOf,
  tableBelow,
  tablesBelow,
  withoutMeaning,
} from './support/format-document.js';
import { bytesOf, itemLines, leafLines } from './support/page-lines.js';
import { IDENTITY, workedPage, workedRun } from './support/worked-page.js';

const CHECKSUM_ROW = [String(CRC_OFFSET), String(CHECKSUM.fixedSize), 'checksum'];

describe('docs/FORMAT.md', () => {
  it('describes the slots as the engine does', () => {
    expect(withoutMeaning(tableBelow('What both formats share'))).to.deep.equal(rowsOf(SLOT));
  });

  it('describes the superblock of format 1 as the engine does', () => {
    const rows = tableBelow('Superblock of format 1');
    expect(withoutMeaning(rows)).to.deep.equal([
      ...rowsOf(SUPERBLOCK_FIELDS),
      [String(SUPERBLOCK_FIELDS.fixedSize), `${TABLE_ENTRY.fixedSize} each`, 'tables'],
      CHECKSUM_ROW,
    ]);
    expect(rows.at(-2)?.[3]).to.equal(grammarOf(TABLE_ENTRY, ', '));
    expect(rows.at(-3)?.[3]).to.equal(`at most ${MAX_TABLES}`);
  });

  it('describes the pages of format 1 as the engine does', () => {
    const rows = tableBelow('Pages of format 1');
    expect(withoutMeaning(rows)).to.deep.equal([
      ...rowsOf(PAGE_HEADER_FIELDS),
      [String(PAGE_HEADER_FIELDS.fixedSize), `${SLOT.fixedSize} each`, 'slots'],
      CHECKSUM_ROW,
    ]);
    expect(rows.at(-2)?.[3]).to.equal(grammarOf(SLOT, ', '));
  });

  it('describes the items of format 1 as the engine does', () => {
    const lines = ['What both formats share', 'Entries of format 1'].flatMap(sectionOf).join('\n');
    const grammar = new Map(
      [...lines.matchAll(/^ {4}(entry|version|separator) +(.*)$/gm)].map(([, name, fields]) => [name, fields]),
    );
    expect(grammar.get('entry')).to.equal(`${grammarOf(ENTRY, ' · ')} · versions`);
    expect(grammar.get('version')).to.equal(grammarOf(VERSION, ' · '));
    expect(grammar.get('separator')).to.equal(grammarOf(SEPARATOR, ' · '));
  });
});

/** Where the document has each structure of format 2: below which heading, in which table, and its first offset. */
const PLACES: Readonly<Record<keyof typeof STRUCTURES_2, readonly [heading: string, table: number, start: number]>> = {
  SUPERBLOCK_2_FIELDS: ['Superblock of format 2', 0, 0],
  RECORD_HEADER: ['Records', 0, 0],
  TABLE_RECORD: ['Records', 1, 0],
  PAGE_HEADER_2_FIELDS: ['Pages of format 2', 0, 0],
  ENTRY_2: ['Entries and events', 0, 0],
  EVENT: ['Entries and events', 1, 0],
  EXTERNAL_VALUE: ['Entries and events', 3, 0],
  VALUE_HEADER: ['Values in extents', 0, PAGE_HEADER.size],
};

/** What tables have after the fields of their structure. */
const REST: Readonly<Partial<Record<keyof typeof STRUCTURES_2, readonly Row[]>>> = {
  SUPERBLOCK_2_FIELDS: [[String(RECORDS_OFFSET), '', 'records'], CHECKSUM_ROW],
};

describe('docs/FORMAT.md on format 2', () => {
  for (const [name, described] of Object.entries(STRUCTURES_2) as [keyof typeof STRUCTURES_2, Structure][]) {
    it(`describes ${name} as the engine does`, () => {
      const [heading, table, start] = PLACES[name];
      const rows = tablesBelow(heading)[table] ?? [];
      expect(withoutMeaning(rows)).to.deep.equal([...rowsOf(described, start), ...(REST[name] ?? [])]);
    });
  }

  it('names the types of pages', () => {
    const [, types = []] = tablesBelow('Pages of format 2');
    expect(types.map(([type, name]) => [type, name])).to.deep.equal(
      PAGE_TYPE_NAMES.map((name, type) => [String(type), name]),
    );
  });

  it('says the sizes that are none, and how long a value in a leaf can be', () => {
    const [, , sizes = []] = tablesBelow('Entries and events');
    const longest = (INLINE_ITEM_MAX - ENTRY_OVERHEAD_2 - EVENT_HEADER).toLocaleString('en');
    const marks = [DELETED, EXTERNAL, MARKER].map((size) => size.toString(16).toUpperCase());
    expect(sizes.map(([size]) => size)).to.deep.equal([`0 to ${longest} − key length`, ...marks]);
  });

  it('says the limits of items, values and records', () => {
    const proseBelow = (heading: string): string => sectionOf(heading).replaceAll('\n', ' ');
    const english = (number: number): string => number.toLocaleString('en');
    expect(proseBelow('Entries and events')).to.contain(`at most ${english(INLINE_ITEM_MAX)} bytes`);
    expect(proseBelow('History trees')).to.contain(`at most ${english(RUN_MAX)} bytes`);
    expect(proseBelow('Records')).to.contain(`${english(RECORDS_ROOM)} bytes`);
    expect(proseBelow('Values in extents')).to.contain(` Bytes ${VALUE_BYTES_OFFSET} to ${CRC_OFFSET - 1} `);
    expect(proseBelow('Values in extents')).to.contain(`÷ ${english(VALUE_PAGE_CAPACITY)}⌉`);
    expect(proseBelow('Limits')).to.contain(`| ${english(VALUE_MAX)} bytes`);
    const [, bits = []] = tablesBelow('Feature bits');
    expect(bits.map(([kind, bit]) => `${kind} ${bit}`)).to.include(`compatible ${SALVAGED_WITH_LOSSES}`);
  });

  it('shows a page as the engine writes it', () => {
    const page = workedPage();
    const [shown = [], run] = blocksBelow('A worked page');
    expect(shown).to.deep.equal(leafLines(page));
    expect(bytesOf(shown)).to.deep.equal(page.bytes);
    expect(PAGES_2.findFault(page, IDENTITY) ?? PAGES_2.findOwnerFault(page, IDENTITY.table)).to.equal(undefined);
    expect(run).to.deep.equal(itemLines(workedRun(), 1));
    expect(PAGES_2.findFault(workedRun(), IDENTITY)).to.equal(undefined);
  });
});
