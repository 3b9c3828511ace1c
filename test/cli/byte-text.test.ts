/** Text that is made as bytes says what text made of strings says. */
import { expect } from 'chai';
import fc from 'fast-check';
import { ByteText, JsonName } from '../../src/cli/output/byte-text.js';
import { escapeBytes } from '../../src/cli/text/escape.js';
import { byteFieldJson } from '../../src/cli/text/json.js';

const SEED = 20261127;
const VALUE = new JsonName('value');

/** Mostly plain, with some that are not, at any place. */
const someBytes = fc
  .array(
    fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
    ),
    { maxLength: 40 },
  )
  .map((bytes) => Buffer.from(bytes));

const texts = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => Buffer.from(text));

/** The same in the middle of other bytes. */
const within = (bytes: Buffer) => {
  const all = Buffer.concat([Buffer.from('\\\u0000"'), bytes, Buffer.from('\n\\"')]);
  return { source: { bytes: all, view: new DataView(all.buffer, all.byteOffset, all.length) }, start: 3 };
};

describe('text made as bytes', () => {
  it(`is what the escapes of strings give, each byte in each place (seed ${SEED})`, () => {
    const expectSame = (bytes: Buffer): void => {
      const text = new ByteText();
      const { source, start } = within(bytes);
      text.addEscaped(source, start, bytes.length);
      text.addField(VALUE, source, start, bytes.length);
      expect(Buffer.from(text.take()).toString()).to.equal(escapeBytes(bytes) + byteFieldJson('value', bytes));
    };
    for (let byte = 0; byte < 256; byte += 1) {
      for (let place = 0; place < 9; place += 1) {
        const bytes = Buffer.alloc(9, 'x');
        bytes[place] = byte;
        expectSame(bytes);
      }
    }
    fc.assert(fc.property(fc.oneof(someBytes, texts), expectSame), { seed: SEED, numRuns: 500 });
  });

  it(`writes numbers as they are written (seed ${SEED})`, () => {
    const text = new ByteText();
    const expectSame = (value: number): void => {
      text.addNumber(value);
      expect(Buffer.from(text.take()).toString()).to.equal(value.toString());
    };
    [0, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER].forEach(expectSame);
    fc.assert(fc.property(fc.maxSafeNat(), expectSame), { seed: SEED });
  });

  it('escapes a long value in parts, wherever it has to grow', () => {
    for (const unit of ['"', 'ä"', 'plain \u0007', '€\\', '\u{1f600}']) {
      const bytes = Buffer.from(unit.repeat(150_000));
      const { source, start } = within(bytes);
      const text = new ByteText();
      text.addEscaped(source, start, bytes.length);
      text.addField(VALUE, source, start, bytes.length);
      const found = Buffer.from(text.take()).toString();
      expect(found === escapeBytes(bytes) + byteFieldJson('value', bytes), unit).to.equal(true);
    }
  });

  it('grows for what is long, and is full when there is enough to write', () => {
    const text = new ByteText();
    expect(text.isFull).to.equal(false);
    const bytes = Buffer.alloc(1_000_000, 'long ');
    const { source, start } = within(bytes);
    text.add('a');
    text.addEscaped(source, start, bytes.length);
    expect(text.isFull).to.equal(true);
    expect(Buffer.from(text.take()).equals(Buffer.concat([Buffer.from('a'), bytes]))).to.equal(true);
    expect(text.isFull).to.equal(false);
    expect(text.take().length).to.equal(0);
  });
});
