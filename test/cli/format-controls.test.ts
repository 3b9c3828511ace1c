import { expect } from 'chai';
import { escapeText } from '../../src/cli/text/escape.js';
import { toJson } from '../../src/cli/text/json.js';

describe('format controls', () => {
  for (const code of [0x00ad, 0x061c, 0x200b, 0x200e, 0x2028, 0x202e, 0x2060, 0x2066, 0xfeff]) {
    it(`U+${code.toString(16)} is escaped in rows and in JSON`, () => {
      const text = String.fromCodePoint(code);
      expect(escapeText(`a${text}b`)).to.match(/^a(\\x[0-9a-f]{2})+b$/);
      expect(toJson(text)).to.equal(`"\\u${code.toString(16).padStart(4, '0')}"`);
    });
  }

  it('joiners, which words and emoji are written with, stay', () => {
    expect(escapeText('👨‍👩‍👧 ‌')).to.equal('👨‍👩‍👧 ‌');
  });
});
