/** Lines out of chunks: the same wherever the chunks end. */
import { expect } from 'chai';
import { LineSplitter } from '../../src/engine/index.js';
import { utf8 } from '../support/bytes.js';
import { Random } from '../support/random.js';
import { expectRefused } from '../support/store-errors.js';

/** Lines are copied to text at once: a splitter may reuse its memory afterwards. */
function split(chunks: readonly Uint8Array[]): string[] {
  const splitter = new LineSplitter();
  const lines: string[] = [];
  const take = (given: readonly Uint8Array[]): void =>
    void lines.push(...given.map((line) => Buffer.from(line).toString('latin1')));
  for (const chunk of chunks) take(splitter.push(chunk));
  take(splitter.end());
  return lines;
}

const chunksOf = (bytes: Buffer, length: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) =>
    bytes.subarray(index * length, (index + 1) * length),
  );

const texts: Readonly<Record<string, { readonly text: string; readonly lines: readonly string[] }>> = {
  'with a final newline': { text: 'one\ntwo\nthree\n', lines: ['one', 'two', 'three'] },
  'without a final newline': { text: 'one\ntwo\nthree', lines: ['one', 'two', 'three'] },
  'with CRLF': { text: 'one\r\ntwo\r\nthree\r\n', lines: ['one', 'two', 'three'] },
  'with both': { text: 'one\r\ntwo\nthree\r\nfour', lines: ['one', 'two', 'three', 'four'] },
  'with a CR within a line': { text: 'o\rne\r\ntwo', lines: ['o\rne', 'two'] },
  'with UTF-8': {
    text: Buffer.from('клю\nч\n').toString('latin1'),
    lines: ['клю', 'ч'].map((line) => Buffer.from(line).toString('latin1')),
  },
  'of one long line': { text: 'x'.repeat(5000), lines: ['x'.repeat(5000)] },
};

describe('the line splitter', () => {
  for (const [name, { text, lines }] of Object.entries(texts)) {
    it(`splits a text ${name} the same at every chunk boundary`, () => {
      const bytes = Buffer.from(text, 'latin1');
      expect(split([bytes])).to.deep.equal(lines);
      for (const length of [1, 2, 3, 7])
        expect(split(chunksOf(bytes, length)), `chunks of ${length}`).to.deep.equal(lines);
      for (let cut = 0; cut <= Math.min(bytes.length, 100); cut += 1) {
        expect(split([bytes.subarray(0, cut), bytes.subarray(cut)]), `cut at ${cut}`).to.deep.equal(lines);
      }
    });
  }

  it('keeps blank lines countable, and gives nothing for nothing', () => {
    expect(split([utf8('a\n\n\r\nb\n\n')])).to.deep.equal(['a', '', '', 'b', '']);
    expect(split([])).to.deep.equal([]);
    expect(split([Buffer.alloc(0)])).to.deep.equal([]);
  });

  it('splits random texts in random chunks (seed 71)', () => {
    const random = new Random(71);
    for (let round = 0; round < 50; round += 1) {
      const lines = Array.from({ length: random.below(30) }, () => 'l'.repeat(random.below(400)));
      const bytes = utf8(lines.map((line) => `${line}\n`).join(''));
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length;) {
        const end = at + random.between(1, 500);
        chunks.push(bytes.subarray(at, end));
        at = end;
      }
      expect(split(chunks)).to.deep.equal(lines);
    }
  });

  it('gives lines that are still right when the next chunk has been read into the same memory', () => {
    const splitter = new LineSplitter();
    const chunk = Buffer.alloc(8);
    const seen: string[] = [];
    for (const text of ['abc\ndefg', 'hi\njklmn', 'op\nqrs\nt']) {
      chunk.write(text, 'latin1');
      for (const line of splitter.push(chunk)) seen.push(Buffer.from(line).toString());
    }
    expect(seen.concat(splitter.end().map((line) => Buffer.from(line).toString()))).to.deep.equal([
      'abc',
      'defghi',
      'jklmnop',
      'qrs',
      't',
    ]);
  });

  it('refuses a line beyond 256 MiB, before it has all of it', () => {
    const splitter = new LineSplitter();
    const chunk = Buffer.alloc(16 << 20, 'x');
    expectRefused(() => {
      for (let count = 0; count < 18; count += 1) splitter.push(chunk);
    }, 'LINE_TOO_LONG');
  });
});
