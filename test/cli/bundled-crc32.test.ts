/** The checksum of the bundled command line is that of zlib. */
import { expect } from 'chai';
import fc from 'fast-check';
import { crc32 as zlibCrc32 } from 'node:zlib';

type Crc32 = (bytes: Uint8Array, before?: number) => number;

describe('the checksum of the bundled command line', () => {
  let crc32: Crc32;

  before(async () => {
    const module: string = new URL('../../scripts/bundle/crc32.js', import.meta.url).href;
    crc32 = ((await import(module)) as { default: Crc32 }).default;
  });

  it('is that of zlib, for bytes of any number', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(crc32(bytes) >>> 0).to.equal(zlibCrc32(bytes));
      }),
    );
    const page = Uint8Array.from({ length: 4096 }, (_, index) => (index * index) % 251);
    expect(crc32(page) >>> 0).to.equal(zlibCrc32(page));
  });

  it('goes on from the one of the bytes before', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.uint8Array({ maxLength: 50 }), (first, second) => {
        const whole = zlibCrc32(Buffer.concat([first, second]));
        expect(crc32(second, crc32(first) >>> 0) >>> 0).to.equal(whole);
        expect(crc32(second, crc32(first)) >>> 0).to.equal(whole);
      }),
    );
  });
});
