/** docs/FORMAT.md, for the tests that compare it with the code. */
import { readFileSync } from 'node:fs';
import { fixedSizeOf, type Structure } from '../../../src/engine/bytes/field-structure.js';

const text = readFileSync(new URL('../../../docs/FORMAT.md', import.meta.url), 'utf8');

/** The cells of a table: offset, size, field, meaning. */
export type Row = readonly string[];

/** What is below a heading of any level, up to the next one. */
export function sectionOf(heading: string): string {
  const [, after] = text.split(new RegExp(`\n#+ ${heading}\n`));
  if (after === undefined) throw new Error(`docs/FORMAT.md has no heading ${heading}`);
  return after.split(/\n#+ /)[0] ?? '';
}

/** The rows of each table below a heading, without what is above the rule. */
export function tablesBelow(heading: string): Row[][] {
  return [...sectionOf(heading).matchAll(/(?:^\|.*\n)+/gm)].map(([table]) =>
    table
      .trim()
      .split('\n')
      .slice(2)
      .map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
  );
}

/** The first table below a heading. */
export function tableBelow(heading: string): Row[] {
  return tablesBelow(heading)[0] ?? [];
}

/** The lines of each block of code below a heading. */
export function blocksBelow(heading: string): string[][] {
  return [...sectionOf(heading).matchAll(/(?:^ {4}.*\n)+/gm)].map(([block]) =>
    block
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(4)),
  );
}

/** A structure as a line of the document: `key length u16 · key · child page id u64`. */
export function grammarOf({ fields }: Structure, separator: string): string {
  return fields.map((field) => (field.type === 'text' ? field.label : `${field.label} ${field.type}`)).join(separator);
}

/** A structure that begins at `start` as rows of the document: offset, size and name of each field. */
export function rowsOf({ fields }: Structure, start = 0): string[][] {
  const labels = new Map(fields.map(({ name, label }) => [name, label]));
  const before: string[] = [];
  return fields.map((field) => {
    const size = fixedSizeOf(field) ?? labels.get(String(field.size)) ?? '';
    const offset = [String(start + field.offset), ...before].join(' + ');
    if (typeof size === 'string') before.push(size);
    return [offset, String(size), field.label];
  });
}

/** Offset, size and name in the rows of a table. */
export function withoutMeaning(rows: readonly Row[]): string[][] {
  return rows.map((row) => row.slice(0, 3));
}
