import { expect } from 'chai';
import { breakingAt } from '../../src/cli/output/break-lines.js';
import type { Paint } from '../../src/cli/output/paint.js';
import { headed, printed, type ProseLine, wholly } from '../../src/cli/output/prose.js';

const paint: Paint = (what, text) => `<${what} ${text}>`;
const print = (line: ProseLine, columns: number): string[] => [...printed(line, paint, breakingAt(columns))];

describe('lines on a terminal', () => {
  for (const { what, text, columns, lines } of [
    { what: 'stay whole when they fit', text: 'x'.repeat(20), columns: 20, lines: ['x'.repeat(20)] },
    {
      what: 'are broken between words, with what follows indented',
      text: '  page 1: its checksum is 0xb4459d49, its bytes say 0xba040953',
      columns: 30,
      lines: ['  page 1: its checksum is', '    0xb4459d49, its bytes say', '    0xba040953'],
    },
    {
      what: 'keep a long word whole',
      text: 'see /a/very/long/path/to/a/store.kmb there',
      columns: 20,
      lines: ['see', '  /a/very/long/path/to/a/store.kmb', '  there'],
    },
    {
      what: 'are measured in cells',
      text: '漢字漢字 漢字漢字 漢字漢字',
      columns: 20,
      lines: ['漢字漢字 漢字漢字', '  漢字漢字'],
    },
    {
      what: 'are left to a narrow one',
      text: 'a b c d e f g h i j k l',
      columns: 19,
      lines: ['a b c d e f g h i j k l'],
    },
    {
      what: 'have 80 columns where none are told',
      text: `${'x'.repeat(79)} y`,
      columns: 0,
      lines: ['x'.repeat(79), '  y'],
    },
  ]) {
    it(what, () => {
      expect(breakingAt(columns)(text)).to.deep.equal(lines);
    });
  }

  it('keep their colours when they are broken', () => {
    expect(print(headed('problem', 'corrupt page-crc:', ' a page was changed'), 20)).to.deep.equal([
      '<problem corrupt page-crc:> a',
      '  page was changed',
    ]);
    expect(print(wholly('free', '    table 1, keys from a up to b'), 20)).to.deep.equal([
      '<free     table 1, keys>',
      '      <free from a up to b>',
    ]);
    expect(print(headed('problem', 'one two three four five', ' six'), 20)).to.deep.equal([
      '<problem one two three four>',
      '  <problem five> six',
    ]);
    expect(print({ text: 'plain' }, 20)).to.deep.equal(['plain']);
  });
});
