import { expect } from 'chai';
import fc from 'fast-check';
import {
  decode,
  encode,
  type FieldSpec,
  fixedSizeOf,
  readFields,
  type Structure,
} from '../../src/engine/bytes/field-structure.js';
import * as structures from '../../src/engine/format/structures.js';

const all = Object.entries(structures).filter((entry): entry is [string, Structure] => typeof entry[1] === 'object');
const fixed = all.filter(([, { fields }]) => fields.every((field) => fixedSizeOf(field) !== undefined));

/** Any value of a field of fixed size. */
function anyValue(field: FieldSpec): fc.Arbitrary<number | bigint | Buffer> {
  const size = fixedSizeOf(field) ?? 0;
  if (field.type === 'u64') return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  if (field.type !== 'text' && field.type !== 'hex') return fc.nat({ max: 2 ** (8 * size) - 1 });
  return fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => Buffer.from(bytes));
}

const anyValues = ({ fields }: Structure): fc.Arbitrary<Record<string, number | bigint | Buffer>> =>
  fc.record(Object.fromEntries(fields.map((field) => [field.name, anyValue(field)])));

describe('a described structure', () => {
  for (const [name, described] of fixed) {
    it(`${name} reads back as it was written, and touches nothing beside it (seed 7001)`, () => {
      fc.assert(
        fc.property(anyValues(described), fc.nat({ max: 9 }), (values, start) => {
          const bytes = Buffer.alloc(start + described.fixedSize + 5, 0xa5);
          encode(described, bytes, start, values);
          expect(decode(described, bytes, start)).to.deep.equal(values);
          const around = Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + described.fixedSize)]);
          expect(around.every((byte) => byte === 0xa5)).to.equal(true);
        }),
        { seed: 7001, numRuns: 50 },
      );
    });
  }

  for (const [name, described] of all) {
    it(`${name} is read up to the first field that does not fit, wherever the bytes end`, () => {
      const bytes = Buffer.alloc(64);
      for (let end = 0; end <= bytes.length; end += 1) {
        const readings = [...readFields(described, bytes, 0, end)];
        const size = readings.reduce((sum, reading) => sum + reading.size, 0);
        expect(size).to.be.at.most(end);
        if (end >= described.fixedSize) expect(readings).to.have.length(described.fields.length);
      }
    });
  }
});
