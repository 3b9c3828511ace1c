import { expect } from 'chai';
import { parseKey, parseValue } from '../../src/cli/input/byte-args.js';
import { UsageError } from '../../src/cli/cli-error.js';
import { escapeBytes, escapeControls } from '../../src/cli/text/escape.js';
import { byteFieldJson, byteFields, nullableU64Json, toJson, u64Json } from '../../src/cli/text/json.js';
import { parseCachePages, parseU64 } from '../../src/cli/text/numbers.js';

const hex = (digits: string): Buffer => Buffer.from(digits, 'hex');

describe('numbers on the command line', () => {
  for (const [text, value] of [
    ['0', 0n],
    ['7', 7n],
    ['007', 7n],
    ['9007199254740993', 9007199254740993n],
    ['18446744073709551615', 2n ** 64n - 1n],
    [`${'0'.repeat(100)}18446744073709551615`, 2n ** 64n - 1n],
  ] as const) {
    it(`${text} is ${value}`, () => {
      expect(parseU64(text, '--at')).to.equal(value);
    });
  }

  for (const text of [
    ['18446744073709551616', '99999999999999999999', '1'.repeat(1000)],
    ['', ' ', '1 ', ' 1', '+1', '-1', '-0', '1.0', '1e3', '0x10', '1_000', '1,000', '٣', 'NaN', 'Infinity', '1\n'],
  ].flat()) {
    it(`${JSON.stringify(text.slice(0, 30))} is refused`, () => {
      expect(() => parseU64(text, '--at')).to.throw(UsageError, '--at');
    });
  }

  for (const [text, pages] of [
    ['131072', 32],
    ['128KiB', 32],
    ['135167', 32],
    ['8MiB', 2048],
    ['64MiB', 16384],
    ['2GiB', 524288],
  ] as const) {
    it(`a cache of ${text} has ${pages} pages`, () => {
      expect(parseCachePages(text, '--cache')).to.equal(pages);
    });
  }

  for (const text of [
    '',
    '0',
    '4096',
    '127KiB',
    '131071',
    '64',
    '64M',
    '64MB',
    '64mib',
    '64 MiB',
    '-64MiB',
    '1.5GiB',
    '1TiB',
    '9'.repeat(30),
    `${'9'.repeat(14)}GiB`,
  ]) {
    it(`a cache of ${JSON.stringify(text)} is refused`, () => {
      expect(() => parseCachePages(text, '--cache')).to.throw(UsageError, '--cache');
    });
  }
});

describe('bytes on the command line', () => {
  it('text stands for its UTF-8', () => {
    expect(parseKey('ключ', 'KEY', false)).to.deep.equal(hex('d0bad0bbd18ed187'));
    expect(parseValue('', false)).to.deep.equal(hex(''));
  });

  it('hex is read in either case', () => {
    expect(parseKey('00fFaB', 'KEY', true)).to.deep.equal(hex('00ffab'));
    expect(parseValue('', true)).to.deep.equal(hex(''));
  });

  for (const text of ['0', '00f', 'zz', '0x00', '00 ff', '٠٠', '00\n']) {
    it(`${JSON.stringify(text)} is not hex`, () => {
      expect(() => parseKey(text, 'KEY', true)).to.throw(UsageError, 'KEY is not hex');
    });
  }

  for (const text of ['a\ufffd', '\ufffd', 'a\ud800', '\udc00b']) {
    it(`${JSON.stringify(text)} may not be what was typed`, () => {
      expect(() => parseKey(text, 'KEY', false)).to.throw(UsageError, 'KEY is not valid UTF-8');
    });
  }
});

describe('bytes in JSON', () => {
  it('are text when they are UTF-8, else hex', () => {
    expect(byteFields('key', hex('c3a9'))).to.deep.equal({ key: 'é' });
    expect(byteFields('key', hex('c3'))).to.deep.equal({ keyHex: 'c3' });
    expect(byteFieldJson('value', hex('c3a9'))).to.equal('"value":"é"');
    expect(byteFieldJson('value', hex('ff00'))).to.equal('"valueHex":"ff00"');
  });

  it('keep a byte order mark, NUL and quotes', () => {
    expect(JSON.parse(`{${byteFieldJson('v', hex('efbbbf0022'))}}`)).to.deep.equal({ v: '\ufeff\0"' });
  });

  it('hide controls that a terminal obeys', () => {
    expect(byteFieldJson('v', Buffer.from('\u007f\u009b\u001b'))).to.equal('"v":"\\u007f\\u009b\\u001b"');
    expect(toJson('\u0085')).to.equal('"\\u0085"');
  });

  it('u64 are numbers up to 2^53−1 and strings above', () => {
    expect(u64Json(2n ** 53n - 1n)).to.equal('9007199254740991');
    expect(u64Json(2n ** 53n)).to.equal('"9007199254740992"');
    expect(nullableU64Json(null)).to.equal('null');
    expect(toJson({ a: 1n, b: [2n ** 64n - 1n], c: null })).to.equal('{"a":1,"b":["18446744073709551615"],"c":null}');
  });
});

describe('bytes in text', () => {
  for (const [bytes, text] of [
    ['', ''],
    ['616263', 'abc'],
    ['d0bad0bb', 'кл'],
    ['090a0d5c', '\\t\\n\\r\\\\'],
    ['00071b7f', '\\x00\\x07\\x1b\\x7f'],
    ['c285c29b', '\\xc2\\x85\\xc2\\x9b'],
    ['ff', '\\xff'],
    ['61ff62', 'a\\xffb'],
    ['c3', '\\xc3'],
    ['c328', '\\xc3('],
    ['e282', '\\xe2\\x82'],
    ['e282ac', '€'],
    ['f09f909f', '🐟'],
    ['f09f90', '\\xf0\\x9f\\x90'],
    ['eda080', '\\xed\\xa0\\x80'],
    ['c0af', '\\xc0\\xaf'],
    ['f4908080', '\\xf4\\x90\\x80\\x80'],
    ['80ffe282ac09c3', '\\x80\\xff€\\t\\xc3'],
    ['efbfbd', '\ufffd'],
  ] as const) {
    it(`${bytes || 'nothing'} is shown as ${text}`, () => {
      expect(escapeBytes(hex(bytes))).to.equal(text);
    });
  }

  it('messages keep their backslashes', () => {
    expect(escapeControls('C:\\a\nb\u001b[1m')).to.equal('C:\\a\\nb\\x1b[1m');
  });
});
