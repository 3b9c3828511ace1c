/**
 * Plain log lines take a short way through the decoder: what comes out must be what the strict way gives, or nothing.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { decodeLogLine, type WriteBatch } from '../../src/engine/index.js';
import { decodePlainLine } from '../../src/engine/log/plain-line.js';
import { BAD_LINES } from '../support/bad-lines.js';
import { hex, utf8 } from '../support/bytes.js';

const SEED = 7001;

const text = fc.string({
  unit: fc.constantFrom('a', 'b', '0', ' ', '{', ':', ',', 'ключ', '😀', '\u007f', '\\', '"', '\n'),
});
const operation = fc.oneof(
  fc.record({ op: fc.constant('put'), table: fc.nat(), key: text, value: text }, { noNullPrototype: true }),
  fc.record({ op: fc.constant('delete'), table: fc.nat({ max: 3 }), key: text }, { noNullPrototype: true }),
);
const line = fc.record(
  { position: fc.integer({ min: 1, max: 2 ** 40 }), ops: fc.array(operation, { maxLength: 5 }) },
  { noNullPrototype: true },
);

/** A batch in a form that can be compared, with what the hash chain is taken of. */
function describeBatch(batch: WriteBatch): string {
  return `${batch.position} ${batch.operationCount} ${hex(Buffer.concat(batch.encodedParts(new Uint8Array(32))))}`;
}

/** A line with one more field, which never is in a plain one: the same operations on the strict way. */
function strictly(plain: string): string {
  return describeBatch(decodeLogLine(utf8(plain.replace('{', '{\t'))));
}

describe(`a plain log line (seed ${SEED})`, () => {
  it('gives what the strict way gives, with spaces between its tokens and without', () => {
    let plain = 0;
    fc.assert(
      fc.property(line, (value) => {
        const compact = JSON.stringify(value);
        const spaced = JSON.stringify(value, null, 1).replaceAll(/\n */g, ' ');
        const isPlain = !compact.includes('\\');
        for (const written of [compact, spaced, `  ${compact} `]) {
          const batch = decodePlainLine(utf8(written));
          expect(batch !== undefined, written).to.equal(isPlain);
          expect(describeBatch(decodeLogLine(utf8(written)))).to.equal(strictly(compact));
          if (batch !== undefined) expect(describeBatch(batch)).to.equal(strictly(compact));
        }
        if (isPlain) plain++;
      }),
      { seed: SEED, numRuns: 300 },
    );
    expect(plain).to.be.greaterThan(50);
  });

  it('is taken or left, and never misread, when any of its bytes is another', () => {
    const whole = utf8(
      '{"position":12,"ops":[{"op":"put","table":3,"key":"k","value":"v"},{"op":"delete","table":0,"key":""}]}',
    );
    let taken = 0;
    for (let index = 0; index < whole.length; index++) {
      for (const byte of utf8('{}[]:," \\\t\0\x1f0159-.eEaz')) {
        const changed = Buffer.from(whole);
        changed[index] = byte;
        const batch = decodePlainLine(changed);
        if (batch === undefined) continue;
        taken++;
        expect(describeBatch(batch), changed.toString()).to.equal(strictly(changed.toString()));
      }
    }
    expect(taken).to.be.greaterThan(100);
  });

  it('has only bytes in its texts that stand for themselves, wherever in a text they are', () => {
    for (let byte = 0; byte < 0x80; byte++) {
      const standsForItself = byte >= 0x20 && byte !== 0x22 && byte !== 0x5c;
      for (let index = 0; index < 11; index++) {
        const value = Buffer.alloc(11, '\x7f');
        value[index] = byte;
        const line = Buffer.concat([
          utf8('{"position":1,"ops":[{"op":"put","table":1,"key":"k","value":"'),
          value,
          utf8('"}]}'),
        ]);
        const [put] = decodePlainLine(line)?.operations() ?? [];
        expect(put?.kind === 'put' && hex(put.value), `${byte} at ${index}`).to.equal(standsForItself && hex(value));
      }
    }
  });

  it('is none of those that are refused', () => {
    for (const bad of Object.values(BAD_LINES))
      expect(decodePlainLine(utf8(bad)), bad.slice(0, 80)).to.equal(undefined);
  });

  for (const written of [
    '',
    '{',
    '{"position":1,"ops":[',
    '{"position":1,"ops":[]',
    '{"position":1,"ops":[{"op":"put","table":1,"key":"a","value":"b',
    '{"position":1,"ops":[{"op":"put","table":1,"key":"a","value":"b"}]}x',
    '{"position":1,"ops":[{"op":"put","table":1,"key":"a","value":"b"},]}',
    '{"position":01,"ops":[]}',
    '{"position":1000000000000000,"ops":[]}',
    '{"position":0,"ops":[]}',
    `{"position":1,"ops":[{"op":"delete","table":1,"key":"${'k'.repeat(1025)}"}]}`,
  ]) {
    it(`is not ${JSON.stringify(written.slice(0, 60))}`, () => {
      expect(decodePlainLine(utf8(written))).to.equal(undefined);
    });
  }
});
