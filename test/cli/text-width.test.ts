import { expect } from 'chai';
import { tableSink } from '../../src/cli/output/table-view.js';
import { loadChalk } from '../../src/cli/output/colour.js';
import { cutToWidth, textWidth } from '../../src/cli/output/text-width.js';

const FAMILY = '👨‍👩‍👧‍👦';

describe('the width of text', () => {
  for (const [text, width] of [
    ['', 0],
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['漢字', 4],
    ['🐟', 2],
    ['⭐', 2],
    ['✅', 2],
    ['❤️', 2],
    ['❤', 1],
    ['❤️‍🔥', 2],
    [FAMILY, 2],
    ['👍🏽', 2],
    ['🇩🇪', 2],
    ['🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}', 2],
    ['🫠🩷', 4],
    ['1️⃣', 2],
    ['1', 1],
    ['©', 1],
    ['©️', 2],
    ['नमस्ते', 4],
    ['क्षि', 2],
    ['สวัสดี', 4],
    ['שָׁלוֹם', 4],
    ['한글', 4],
    ['\u1112\u1161\u11ab', 2],
    ['ｱ', 1],
    ['Ａ', 2],
    ['\u0301', 0],
  ] as const) {
    it(`of "${text}" is ${width}`, () => {
      expect(textWidth(text)).to.equal(width);
    });
  }

  for (const [text, width, cut] of [
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['⭐⭐', 4, '⭐⭐'],
    ['⭐⭐⭐', 5, '⭐⭐…'],
    ['⭐⭐⭐', 4, '⭐…'],
    [`${FAMILY}${FAMILY}`, 4, `${FAMILY}${FAMILY}`],
    [`${FAMILY}${FAMILY}`, 3, `${FAMILY}…`],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
    ['नमस्ते', 3, 'नम…'],
    ['⭐', 1, '…'],
  ] as const) {
    it(`"${text}" is "${cut}" in ${width}`, () => {
      expect(cutToWidth(text, width)).to.equal(cut);
    });
  }
});

describe('a table', () => {
  it('puts columns under each other whatever is in them, and shows it unchanged', async () => {
    const cells = ['⭐', '❤️', FAMILY, '1️⃣', 'नमस्ते', 'สวัสดี', '🫠', '\u3000\uf8ff\u034f', 'שָׁלוֹם', 'plain'];
    const columns = [
      { name: 'A', text: (row: string) => row, json: () => ({}) },
      { name: 'B', text: () => '|', json: () => ({}) },
    ];
    const sink = await tableSink({ columns, json: () => ({}) } as never, 80, await loadChalk(0));
    const text = cells.map((cell) => sink.add(cell)).join('') + sink.end();
    const lines = text.split('\n').slice(1, -1);
    expect(lines.map((line) => line.replace(/ *\|$/, ''))).to.deep.equal(cells);
    for (const line of lines) expect(textWidth(line), line).to.equal(8);
  });
});
