/**
 * Lines of the log that replay reads, as the contract of the command line has them: exact, or refused with a reason.
 */
import { expect } from 'chai';
import { decodeLogLine, decodeOperation, WriteBatch, type WriteOp } from '../../src/engine/index.js';
import { BAD_LINES, BAD_OPERATIONS, lineWith } from '../support/bad-lines.js';
import { hex, U64_MAX, utf8 } from '../support/bytes.js';
import { HistoryMaker } from '../support/histories.js';
import { formatLine, parseLog } from '../support/log-lines.js';
import { Random } from '../support/random.js';
import { expectRefused } from '../support/store-errors.js';

const decode = (line: string | Uint8Array): WriteBatch => decodeLogLine(typeof line === 'string' ? utf8(line) : line);

const operationsOf = (line: string | Uint8Array): readonly WriteOp[] => [...decode(line).operations()];

/** Key and value as text, for comparing. */
function put(operation: WriteOp | undefined): { key: string; value: string; table: bigint } {
  if (operation?.kind !== 'put') throw new Error(`a put was expected, not ${operation?.kind}`);
  return { key: hex(operation.key), value: hex(operation.value), table: operation.table };
}

describe('a log line', () => {
  it('may write keys and values as text, hex or base64, with members in any order and spaces between them', () => {
    const expected = { table: 1n, key: hex(utf8('ключ')), value: hex(utf8('Ada')) };
    for (const operation of [
      '{"op":"put","table":1,"key":"ключ","value":"Ada"}',
      '{"op":"put","table":1,"keyHex":"d0bad0bbd18ed187","valueHex":"416461"}',
      '{"op":"put","table":1,"keyHex":"D0BAD0BBD18ED187","valueBase64":"QWRh"}',
      '{"value":"\\u0041da","key":"\\u043a\\u043b\\u044e\\u0447","table":"1","op":"put"}',
      ' { "op" : "put" , "table" : 1 ,\t"key" : "ключ" , "value" : "Ada" } ',
    ]) {
      expect(put(operationsOf(lineWith(operation))[0]), operation).to.deep.equal(expected);
    }
  });

  it('may give a value as JSON, which is stored as it is written', () => {
    for (const json of [
      '{"b":1.50, "a":[1,{"valueJson":"}"}]}',
      '"a \\"text\\""',
      '12345678901234567890',
      'null',
      '[ ]',
      '1e3',
    ]) {
      const line = lineWith(
        `{"op":"put","table":1,"key":"valueJson","valueJson" : ${json} },{"op":"delete","table":1,"key":"k"}`,
      );
      expect(put(operationsOf(line)[0]).value, json).to.equal(hex(utf8(json)));
      const batch = new WriteBatch(1n);
      decodeOperation(utf8(`{"valueJson":${json},"op":"put","table":1,"key":"k"}`), batch);
      expect(put([...batch.operations()][0]).value, json).to.equal(hex(utf8(json)));
    }
  });

  it('may not give a value as JSON that is none, beside another one, twice, or with escapes in the name', () => {
    const refused = (fields: string): string =>
      expectRefused(() => decode(lineWith(`{"op":"put","table":1,"key":"k",${fields}}`)), 'INVALID_LOG_LINE').message;
    expect(refused('"valueJson":1,"value":"1"')).to.equal('"value" and "valueJson" exclude each other');
    expect(refused('"valueJson":1,"valueJson":1')).to.match(/twice|escapes/);
    expect(refused('"valueJson":01')).to.equal('"valueJson" is no JSON value');
    expect(refused('"valueJson":nope')).to.equal('"valueJson" is no JSON value');
    expect(refused('"valueJ\\u0073on":"0"')).to.equal('"valueJson" must be written without escapes');
    expect(refused('"valueJson":')).to.equal('"valueJson" is no JSON value');
    expect(refused('"valueJson":{"a":1')).to.match(/not JSON.* byte \d+ of the line/);
  });

  it('may hold every operation, none at all, and a hash', () => {
    const line = `{"position":7,"hash":"${'aB'.repeat(32)}","ops":[{"op":"delete","table":2,"key":""},{"op":"purge","table":3}]}`;
    const batch = decode(line);
    expect(batch.position).to.equal(7n);
    expect(hex(batch.hash ?? utf8(''))).to.equal('ab'.repeat(32));
    expect([...batch.operations()].map(({ kind, table }) => [kind, table])).to.deep.equal([
      ['delete', 2n],
      ['purge', 3n],
    ]);
    expect(operationsOf('{"position":1,"ops":[]}')).to.deep.equal([]);
    expect(decode('{"position":1,"ops":[]}').hash).to.equal(undefined);
  });

  it('keeps table ids and positions exact up to 2^64-1, as bare integers and as strings', () => {
    for (const table of [0n, 1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, U64_MAX - 1n, U64_MAX]) {
      for (const written of [`${table}`, `"${table}"`]) {
        const [operation] = operationsOf(lineWith(`{"op":"purge","table":${written}}`));
        expect(operation?.table, written).to.equal(table);
        if (table !== 0n && table !== U64_MAX)
          expect(decode(`{"position":${written},"ops":[]}`).position, written).to.equal(table);
      }
    }
  });

  it('keeps long numbers inside of keys and values as the text that they are', () => {
    const text = '{\\"table\\":18446744073709551615, 9007199254740993}';
    const expected = hex(utf8('{"table":18446744073709551615, 9007199254740993}'));
    const line = lineWith(`{"op":"put","table":9007199254740993,"key":"${text}","value":"${text}"}`);
    expect(put(operationsOf(line)[0])).to.deep.equal({
      table: 9007199254740993n,
      key: expected,
      value: expected,
    });
  });

  it('keeps every character: escapes, surrogate pairs, NUL, a byte order mark within', () => {
    const line = lineWith(
      '{"op":"put","table":1,"key":"\\u0000\\"\\\\\\/\\b\\f\\n\\r\\t","value":"\\ud83d\\ude00\ufeff😀"}',
    );
    expect(put(operationsOf(line)[0])).to.deep.equal({
      table: 1n,
      key: hex(utf8('\0"\\/\b\f\n\r\t')),
      value: hex(utf8('😀\ufeff😀')),
    });
  });

  it('takes a key of 1,024 bytes and refuses one of 1,025', () => {
    expect(operationsOf(lineWith(`{"op":"delete","table":1,"key":"${'k'.repeat(1024)}"}`)).length).to.equal(1);
    for (const key of [
      `"key":"${'k'.repeat(1025)}"`,
      `"key":"${'é'.repeat(513)}"`,
      `"keyHex":"${'00'.repeat(1025)}"`,
    ]) {
      expectRefused(() => decode(lineWith(`{"op":"delete","table":1,${key}}`)), 'KEY_TOO_LONG', 'INVALID_LOG_LINE');
    }
  });

  it('takes a value of a megabyte', () => {
    const value = Buffer.alloc(1 << 20, 0xfe);
    const line = lineWith(`{"op":"put","table":1,"key":"k","valueBase64":"${value.toString('base64')}"}`);
    expect(put(operationsOf(line)[0]).value).to.equal(hex(value));
  });

  it('is read the same as by the second reader of the tests (seed 61)', () => {
    const maker = new HistoryMaker(new Random(61), { purges: true, tables: [1n, U64_MAX, 2n ** 53n + 1n] });
    for (let count = 0; count < 100; count += 1) {
      const line = formatLine(maker.next());
      const [expected] = parseLog(line);
      const batch = decode(line);
      expect(batch.position).to.equal(expected?.position);
      expect([...batch.operations()].map(comparable)).to.deep.equal(expected?.operations.map(comparable));
    }
  });
});

const comparable = (operation: WriteOp): unknown[] =>
  operation.kind === 'purge'
    ? [operation.kind, operation.table]
    : [operation.kind, operation.table, hex(operation.key), operation.kind === 'put' ? hex(operation.value) : null];

const WRONG_NUMBERS = [
  '1.5',
  '1.0',
  '1e3',
  '1E0',
  '-0',
  '-1',
  '18446744073709551616',
  '99999999999999999999999',
  '"1.0"',
  '"-1"',
  '"+1"',
];
const MORE_WRONG_NUMBERS = [
  '" 1"',
  '"1 "',
  '""',
  '"0x10"',
  '"1e3"',
  '"18446744073709551616"',
  'null',
  'true',
  '[1]',
  '{}',
  '01',
  '"1_000"',
  '"１"',
];

describe('a log line is refused', () => {
  for (const number of [...WRONG_NUMBERS, ...MORE_WRONG_NUMBERS]) {
    it(`with ${number} for a table id or a position`, () => {
      refuse(lineWith(`{"op":"purge","table":${number}}`));
      refuse(`{"position":${number},"ops":[]}`);
    });
  }

  it('with a position that no batch has', () => {
    for (const position of ['0', '"0"', '18446744073709551615']) {
      expectRefused(() => decode(`{"position":${position},"ops":[]}`), 'INVALID_LOG_LINE', 'POSITIONS_EXHAUSTED');
    }
  });

  for (const [name, operation] of Object.entries(BAD_OPERATIONS)) {
    it(`with ${name}`, () => {
      refuse(lineWith(operation));
      if (!operation.endsWith(',')) refuseOperation(operation);
    });
  }

  for (const [name, line] of Object.entries(BAD_LINES)) it(`with ${name}`, () => refuse(line));

  it('with bytes that are not UTF-8, wherever they stand', () => {
    const sound = utf8(lineWith('{"op":"put","table":1,"key":"kk","value":"vv"}'));
    for (const bad of ['ff', 'c080', 'eda080', 'f8', 'c3', '80', 'f4908080']) {
      for (const place of ['kk', 'vv']) {
        const at = sound.indexOf(place);
        refuse(Buffer.concat([sound.subarray(0, at), Buffer.from(bad, 'hex'), sound.subarray(at + 2)]));
      }
    }
  });

  it('at every byte at which it may be cut off', () => {
    const line = utf8(lineWith('{"op":"put","table":1,"key":"é","valueBase64":"QWRh"}'));
    for (let length = 1; length < line.length; length += 1) refuse(line.subarray(0, length));
  });

  it('with a reason that says what is wrong', () => {
    expect(
      expectRefused(() => decode(lineWith('{"op":"put","table":1,"key":"k","ttl":1,"value":"v"}')), 'INVALID_LOG_LINE')
        .message,
    ).to.include('ttl');
    expect(
      expectRefused(() => decode(lineWith('{"op":"put","key":"k","value":"v"}')), 'INVALID_LOG_LINE').message,
    ).to.include('table');
  });
});

function refuse(line: string | Uint8Array): void {
  expectRefused(() => decode(line), 'INVALID_LOG_LINE');
}

/** The same for a file of operations; the batch stays as it was. */
function refuseOperation(operation: string): void {
  const batch = new WriteBatch(1n).put(1n, 'before', '');
  expectRefused(() => decodeOperation(utf8(operation), batch), 'INVALID_LOG_LINE');
  expect(batch.operationCount).to.equal(1);
}

describe('a line of a file of operations', () => {
  it('is one operation, added to the batch', () => {
    const batch = new WriteBatch(1n);
    decodeOperation(utf8('{"op":"put","table":18446744073709551615,"key":"k","valueHex":"00"}'), batch);
    decodeOperation(utf8('{"op":"delete","table":"2","keyHex":"ff"}'), batch);
    decodeOperation(utf8('{"op":"purge","table":3}'), batch);
    expect([...batch.operations()].map(({ kind, table }) => [kind, table])).to.deep.equal([
      ['put', U64_MAX],
      ['delete', 2n],
      ['purge', 3n],
    ]);
  });
});
