/** docs/FORMAT.md is the authority on the bytes; the description that the engine works by must say the same. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { CRC_OFFSET, MAX_TABLES } from '../../src/engine/format/layout.js';
import { type Field, fixedSizeOf, type Structure } from '../../src/engine/bytes/field-structure.js';
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

const text = readFileSync(new URL('../../docs/FORMAT.md', import.meta.url), 'utf8');

/** The rows of the table below a heading, each as its cells. */
function tableBelow(heading: string): string[][] {
  const section = text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** A structure as a line of the document: `key length u16 · key · child page id u64`. */
const grammarOf = ({ fields }: Structure, separator: string): string =>
  fields.map((field) => (field.type === 'text' ? field.label : `${field.label} ${field.type}`)).join(separator);

const rowOf = (field: Field): string[] => [String(field.offset), String(fixedSizeOf(field)), field.label];

describe('docs/FORMAT.md', () => {
  it('describes the superblock as the engine does', () => {
    const rows = tableBelow('Superblock');
    expect(rows.map((row) => row.slice(0, 3))).to.deep.equal([
      ...SUPERBLOCK_FIELDS.fields.map(rowOf),
      [String(SUPERBLOCK_FIELDS.fixedSize), `${TABLE_ENTRY.fixedSize} each`, 'tables'],
      [String(CRC_OFFSET), String(CHECKSUM.fixedSize), 'checksum'],
    ]);
    expect(rows.at(-2)?.[3]).to.equal(grammarOf(TABLE_ENTRY, ', '));
    expect(rows.at(-3)?.[3]).to.equal(`at most ${MAX_TABLES}`);
  });

  it('describes the pages of a tree as the engine does', () => {
    const rows = tableBelow('Pages of a tree');
    expect(rows.map((row) => row.slice(0, 3))).to.deep.equal([
      ...PAGE_HEADER_FIELDS.fields.map(rowOf),
      [String(PAGE_HEADER_FIELDS.fixedSize), `${SLOT.fixedSize} each`, 'slots'],
      [String(CRC_OFFSET), String(CHECKSUM.fixedSize), 'checksum'],
    ]);
    expect(rows.at(-2)?.[3]).to.equal(grammarOf(SLOT, ', '));
  });

  it('describes the items as the engine does', () => {
    const grammar = new Map(
      [...text.matchAll(/^ {4}(entry|version|separator) +(.*)$/gm)].map(([, name, fields]) => [name, fields]),
    );
    expect(grammar.get('entry')).to.equal(`${grammarOf(ENTRY, ' · ')} · versions`);
    expect(grammar.get('version')).to.equal(grammarOf(VERSION, ' · '));
    expect(grammar.get('separator')).to.equal(grammarOf(SEPARATOR, ' · '));
  });
});
