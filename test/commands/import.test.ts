/** Rows and change events of other people's files, imported by the command. */
import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runCli, type Outcome } from './support/cli.js';
import { makeExampleFiles } from './support/fixtures.js';
import { withTempFolder } from './support/temp-folder.js';

const USERS = 'id,name,age\n1,Ada,36\n2,Bob,\n3,Cleo,7\n';
const CSV = ['--as', 'csv', '--key', 'id', '--table', '1'];

/** A folder, in which a file is imported into a store, and the rows that this leaves. */
class Scene {
  constructor(readonly cwd: string) {}

  async run(...argv: readonly string[]): Promise<Outcome> {
    return runCli(argv, { cwd: this.cwd });
  }

  async import(text: string | Buffer, flags: readonly string[], store = 's.kmb'): Promise<Outcome> {
    writeFileSync(join(this.cwd, 'file'), text);
    return this.run('import', store, 'file', ...flags);
  }

  async rows(store = 's.kmb', ...flags: readonly string[]): Promise<string[]> {
    const { stdout } = await this.run('scan', store, '--all-tables', ...flags);
    return stdout.split('\n').slice(0, -1);
  }

  async hash(store = 's.kmb'): Promise<string> {
    return (JSON.parse((await this.run('hash', store, '--json')).stdout) as { hash: string }).hash;
  }

  /** The positions and rows of a whole history. */
  async log(store = 's.kmb'): Promise<string[]> {
    const { stdout } = await this.run('changes', store);
    return stdout.split('\n').slice(0, -1);
  }
}

const withScene = (use: (scene: Scene) => Promise<void>): Promise<void> => withTempFolder((cwd) => use(new Scene(cwd)));

const lines = (events: readonly unknown[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join('');

async function expectRefused(outcome: Promise<Outcome>, line: number, reason: RegExp): Promise<void> {
  const { code, stdout, stderr } = await outcome;
  expect({ code, stdout }).to.deep.equal({ code: 4, stdout: '' });
  const { error } = JSON.parse(stderr) as { error: { line: number; message: string } };
  expect(error.line).to.equal(line);
  expect(error.message).to.match(reason);
}

describe('import', () => {
  it('puts the rows of a CSV file under their keys, the other columns as a JSON object', () =>
    withScene(async (scene) => {
      const { code, stdout } = await scene.import(USERS, CSV);
      expect(code).to.equal(0);
      expect(stdout).to.match(/^3 rows read; applied 1 batch with 3 operations, skipped 0, from position 0 to 1/);
      expect(await scene.rows()).to.deep.equal([
        '1\t1\t{"name":"Ada","age":"36"}',
        '1\t2\t{"name":"Bob","age":""}',
        '1\t3\t{"name":"Cleo","age":"7"}',
      ]);
    }));

  it('takes one column as the value, several as the key, and knows which rows are deletions', () =>
    withScene(async (scene) => {
      const flags = ['--as', 'csv', '--key', 'id,name', '--value', 'age', '--delete-when', 'age=', '--batch', '1'];
      await scene.import(`${USERS}1,Ada,\n`, flags);
      expect(await scene.rows()).to.deep.equal([String.raw`1	["3","Cleo"]	7`]);
      expect(await scene.rows('s.kmb', '--at', '1')).to.deep.equal(['1\t["1","Ada"]\t36']);
      expect(await scene.log()).to.have.length(4);
    }));

  it('reads CSV as people write it', () =>
    withScene(async (scene) => {
      const text = '\ufeffid;"a ""b"""\r\n1;"two\r\nlines; and ü"\r\n\r\n2;\n"";no key\r\n1;again';
      const { code } = await scene.import(text, [...CSV, '--value', 'a "b"', '--delimiter', ';']);
      expect(code).to.equal(0);
      expect(await scene.rows()).to.deep.equal(['1\t\tno key', '1\t1\tagain', '1\t2\t']);
    }));

  it('takes keys of 1,024 bytes and of none, twice the same one, and fields of NUL and of quotes', () =>
    withScene(async (scene) => {
      const key = 'k'.repeat(1024);
      const text = `"id","v"\r\n${key},1\r\n${key},2\r\n,3\r\n"",4\r\na,"""\0"""\r\nb,"x\r\ny"`;
      const { code, stdout } = await scene.import(text, [...CSV, '--value', 'v', '--json']);
      expect(code).to.equal(0);
      expect(JSON.parse(stdout)).to.include({ rows: 6, applied: 1, operations: 6 });
      expect(await scene.rows()).to.deep.equal(['1\t\t4', '1\ta\t"\\x00"', String.raw`1	b	x\r\ny`, `1\t${key}\t2`]);
    }));

  it('keeps the batches before a row that is wrong, and nothing of its own', () =>
    withScene(async (scene) => {
      const text = '\ufeffid,v\r\n1,"a\r\nb"\r\n2,b\r\n3,c\r\n4\r\n';
      const flags = [...CSV, '--value', 'v', '--batch', '2', '--json'];
      await expectRefused(scene.import(text, flags), 6, /1 fields, and there are 2 columns/);
      expect(await scene.rows()).to.deep.equal([String.raw`1	1	a\r\nb`, '1\t2\tb']);
      // Put right, the file goes on behind them.
      const { stdout } = await scene.import(text.replace('\n4\r', '\n4,d\r'), flags);
      expect(JSON.parse(stdout)).to.include({ skipped: 1, applied: 1, rows: 4 });
    }));

  it('takes keys and values that are written in hex', () =>
    withScene(async (scene) => {
      const flags = [...CSV, '--key-hex', '--value', 'v', '--value-hex'];
      expect((await scene.import('id,v\nff00,\n"",00FF\n', flags)).code).to.equal(0);
      expect(await scene.rows()).to.deep.equal([String.raw`1		\x00\xff`, String.raw`1	\xff\x00	`]);
      await expectRefused(scene.import('id,v\nff0,\n', [...flags, '--json'], 'n.kmb'), 2, /key is not written in hex/);
      await expectRefused(scene.import('id,v\nff,x0\n', [...flags, '--json'], 'n.kmb'), 2, /value is not written/);
      const without = await scene.import('id,v\nff,x0\n', [...CSV, '--value-hex'], 'n.kmb');
      expect(without.code).to.equal(2);
    }));

  const BAD_CSV: readonly (readonly [what: string, text: string | Buffer, line: number, reason: RegExp])[] = [
    ['a row with too many fields', 'id,name\n1,a\n2,b,c\n', 3, /3 fields, and there are 2 columns/],
    ['a row with too few fields', 'id,name\n1,"a\nb"\n2\n', 4, /1 fields, and there are 2 columns/],
    ['a quote in the middle', 'id,name\n1,a"b\n', 2, /no CSV/],
    ['a quote that is not closed', 'id,name\n1,"ab\n', 2, /no CSV/],
    ['a column twice', 'id,id\n1,2\n', 1, /two columns are named id/],
    ['no such column', 'key,name\n1,2\n', 1, /no column id/],
    ['a key of 1,025 bytes', `id,name\n1,a\n${'k'.repeat(1025)},b\n`, 3, /1024|1025/],
    ['an empty line in quotes', 'id,name\r\n1,a\r\n""\r\n', 3, /1 fields, and there are 2 columns/],
    ['text behind a quoted field', 'id,name\n1,"a"b\n', 2, /no CSV/],
    ['a surrogate in UTF-8', Buffer.from('id,name\n1,\xed\xa0\x80\n', 'latin1'), 2, /not UTF-8/],
    [
      'invalid UTF-8 behind a line end in a field',
      Buffer.from('id,name\n1,"a\nb"\n2,\xff\n', 'latin1'),
      4,
      /not UTF-8/,
    ],
    ['invalid UTF-8', Buffer.from('id,name\n1,a\n2,\xff\n', 'latin1'), 3, /not UTF-8/],
    ['half a character at its end', Buffer.from('id,name\n1,a\n2,\xc3', 'latin1'), 3, /not UTF-8/],
  ];
  for (const [what, text, line, reason] of BAD_CSV) {
    it(`refuses CSV with ${what}, on its line, and applies nothing of the batch`, () =>
      withScene(async (scene) => {
        await expectRefused(scene.import(text, [...CSV, '--json']), line, reason);
        expect(await scene.rows()).to.deep.equal([]);
      }));
  }

  it('reads JSON Lines, in which numbers stay as they are written', () =>
    withScene(async (scene) => {
      const text = '{"id":12345678901234567890,"n":1.50,"s":"1.5"}\n\n{"id":"b","n":-0,"o":{"x":[1e3,null]}}\n';
      expect((await scene.import(text, ['--as', 'jsonl', '--key', 'id'])).code).to.equal(0);
      expect(await scene.rows()).to.deep.equal([
        '1\t12345678901234567890\t{"n":1.50,"s":"1.5"}',
        '1\tb\t{"n":-0,"o":{"x":[1e3,null]}}',
      ]);
    }));

  it('takes null for a deletion where it is asked to, and not a field that is missing', () =>
    withScene(async (scene) => {
      const text = '{"id":"a","v":1}\n{"id":"b","v":2}\n{"id":"a","v":null}\n{"id":"b"}\n';
      await scene.import(text, ['--as', 'jsonl', '--key', 'id', '--delete-when', 'v=null']);
      expect(await scene.rows()).to.deep.equal(['1\tb\t{}']);
    }));

  it('refuses JSON Lines without their key, and what is none', () =>
    withScene(async (scene) => {
      const flags = ['--as', 'jsonl', '--key', 'id', '--json'];
      await expectRefused(scene.import('{"id":1}\n{"x":1}\n', flags), 2, /key is missing/);
      await expectRefused(scene.import('{"id":null}\n', flags), 1, /key is null/);
      await expectRefused(scene.import('{"id":1}\n[1]\n', flags), 2, /no JSON object/);
      await expectRefused(scene.import('{"id":"\\ud800"}\n', flags), 1, /surrogate/);
      expect(await scene.rows()).to.deep.equal([]);
    }));

  it('takes the rows that scan prints, whatever bytes they have', () =>
    withScene(async (scene) => {
      await makeExampleFiles(scene.cwd);
      await scene.run('put', 'store.kmb', 'ff00', 'x', '--key-hex', '--table', '18446744073709551615');
      await scene.run('put', 'store.kmb', 'k', '00ff', '--value-hex', '--table', '2');
      const { stdout } = await scene.run('scan', 'store.kmb', '--all-tables', '--json');
      const { code } = await scene.import(stdout, ['--as', 'rows']);
      expect(code).to.equal(0);
      expect(await scene.hash()).to.equal(await scene.hash('store.kmb'));
      await expectRefused(scene.import('{"table":1,"key":"a"}\n', ['--as', 'rows', '--json'], 'n.kmb'), 1, /"value"/);
    }));

  it('goes on where it was ended, to the same bytes, and refuses another file', () =>
    withScene(async (scene) => {
      const rows = Array.from({ length: 500 }, (_, row) => `${row % 90},name ${row},${row}`);
      const whole = `id,name,age\n${rows.join('\n')}\n`;
      const flags = [...CSV, '--batch', '20'];
      await scene.import(whole, flags, 'whole.kmb');
      const cut = `id,name,age\n${rows.slice(0, 200).join('\n')}\n`;
      await scene.import(cut, flags);
      const { stdout } = await scene.import(whole, [...flags, '--json']);
      expect(JSON.parse(stdout)).to.include({ applied: 15, skipped: 10, rows: 500, toPosition: 25 });
      expect(await scene.log()).to.deep.equal(await scene.log('whole.kmb'));
      const other = whole.replace('name 77,', 'name 78,');
      for (const [text, changed] of [
        [other, flags],
        [whole, [...CSV, '--batch', '10']],
      ] as const) {
        const { code, stderr } = await scene.import(text, [...changed, '--json']);
        expect(code).to.equal(4);
        expect(stderr).to.contain('IMPORT_DIFFERS');
      }
      const short = await scene.import(cut, [...flags, '--json']);
      expect(short.code).to.equal(4);
      expect(short.stderr).to.contain('IMPORT_ENDS_EARLY');
    }));

  it('is put behind what a store has with --start, goes on there too, and refuses another file there', () =>
    withScene(async (scene) => {
      await makeExampleFiles(scene.cwd);
      const flags = [...CSV, '--start', '3', '--batch', '1'];
      expect((await scene.import(USERS.split('\n').slice(0, 3).join('\n'), flags, 'store.kmb')).code).to.equal(0);
      const { stdout } = await scene.import(USERS, [...flags, '--json'], 'store.kmb');
      expect(JSON.parse(stdout)).to.include({ applied: 1, skipped: 2, toPosition: 6 });
      const { code, stderr } = await scene.import(USERS.replace('Bob', 'Bill'), [...flags, '--json'], 'store.kmb');
      expect(code).to.equal(4);
      expect(JSON.parse(stderr)).to.have.nested.property('error.code', 'IMPORT_DIFFERS');
      const behind = await scene.import(USERS, [...CSV, '--start', '9'], 'store.kmb');
      expect(behind.code).to.equal(4);
    }));

  it('unpacks what is packed', () =>
    withScene(async (scene) => {
      await scene.import(gzipSync(USERS), CSV);
      expect(await scene.rows()).to.have.length(3);
      const { code, stderr } = await scene.import('\xff\xfei\0d\0', CSV, 'n.kmb');
      expect(code).to.equal(4);
      expect(stderr).to.match(/UTF-8|no column/);
    }));

  it('says what is wrong with the command line before it opens anything', () =>
    withScene(async (scene) => {
      for (const flags of [
        ['--as', 'csv'],
        ['--as', 'rows', '--key', 'id'],
        ['--as', 'csv', '--key', 'id', '--map', 'a=1'],
        ['--as', 'csv', '--key', 'id', '--delete-when', 'id'],
        ['--as', 'csv', '--key', 'id', '--batch', '0'],
        ['--as', 'wal2json', '--map', 'a=1', '--table', '2'],
        ['--as', 'wal2json', '--map', 'a'],
        ['--as', 'nothing'],
      ]) {
        expect((await scene.import(USERS, flags)).code, flags.join(' ')).to.equal(2);
      }
      expect(() => readFileSync(join(scene.cwd, 's.kmb'))).to.throw('ENOENT');
    }));
});

describe('import of change events', () => {
  const column = (name: string, value: unknown) => ({ name, type: 'text', value });
  const source = { schema: 'public', table: 't' };

  it('has the rows that events of wal2json, format 1, leave: a transaction is a batch', () =>
    withScene(async (scene) => {
      const values = (id: number, name: string) => ({ columnnames: ['id', 'name'], columnvalues: [id, name] });
      const pk = { pk: { pknames: ['id'] } };
      const old = (id: number) => ({ oldkeys: { keynames: ['id'], keyvalues: [id] } });
      const { code } = await scene.import(
        lines([
          { change: [] },
          {
            change: [
              { kind: 'insert', ...source, ...pk, ...values(1, 'a') },
              { kind: 'insert', ...source, ...pk, ...values(2, 'b') },
            ],
          },
          {
            change: [
              { kind: 'message', content: 'x' },
              { kind: 'update', ...source, ...pk, ...values(3, 'a'), ...old(1) },
            ],
          },
          { change: [{ kind: 'delete', ...source, ...pk, ...old(2) }] },
        ]),
        ['--as', 'wal2json'],
      );
      expect(code).to.equal(0);
      expect(await scene.rows()).to.deep.equal(['1\tpublic.t:3\t{"id":3,"name":"a"}']);
      expect(await scene.rows('s.kmb', '--at', '2')).to.have.length(2);
      expect(await scene.log()).to.have.length(4);
    }));

  it('has the rows that events of wal2json, format 2, leave, purges a table that is truncated, and says what it passed over', () =>
    withScene(async (scene) => {
      const pk = [{ name: 'id', type: 'integer' }];
      const events = [
        { action: 'B' },
        { action: 'I', ...source, columns: [column('id', 1), column('large', 'L')], pk },
        { action: 'I', schema: 'public', table: 'other', columns: [column('id', 1)], pk },
        { action: 'C' },
        { action: 'U', ...source, columns: [column('id', 1)], identity: [column('id', 1), column('large', 'L')], pk },
        { action: 'M' },
        { action: 'B' },
        { action: 'T', ...source },
        { action: 'I', ...source, columns: [column('id', 7)], pk },
        { action: 'C' },
      ];
      const { code, stderr } = await scene.import(lines(events), [
        '--as',
        'wal2json',
        '--map',
        'public.t=5',
        '--batch',
        '1',
      ]);
      expect(code).to.equal(0);
      expect(stderr).to.contain('1 event of tables without --map passed over');
      expect(await scene.rows()).to.deep.equal(['5\t7\t{"id":7}']);
      expect((await scene.run('stat', 's.kmb', '--json')).stdout).to.contain('"appliedPosition":3');
      await expectRefused(scene.import(lines(events), ['--as', 'wal2json', '--json'], 'n.kmb'), 8, /truncated/);
    }));

  it('has the rows that events of Debezium leave, and says where columns are missing', () =>
    withScene(async (scene) => {
      const unavailable = '__debezium_unavailable_value';
      const row = (id: number, name: string, large = 'L') => ({ id, name, large });
      const event = (op: string, before: unknown, after: unknown) => ({ op, before, after, source });
      const { code, stderr } = await scene.import(
        lines([
          { schema: {}, payload: event('r', null, row(1, 'a')) },
          event('c', null, row(2, 'b')),
          event('u', row(1, 'a'), row(1, 'c', unavailable)),
          event('u', null, row(2, 'd', unavailable)),
          event('u', row(1, 'c'), row(9, 'e')),
          event('m', null, null),
          { key: { payload: { id: 3 } }, value: event('c', null, row(3, 'x')) },
          { key: { id: 3 }, value: event('d', row(3, 'x'), null) },
          { key: { id: 3 }, value: null },
        ]),
        ['--as', 'debezium', '--key', 'id', '--table', '4', '--batch', '1'],
      );
      expect(code).to.equal(0);
      expect(stderr).to.contain('1 row is stored without columns');
      expect(await scene.rows()).to.deep.equal([
        '4\tpublic.t:2\t{"id":2,"name":"d"}',
        '4\tpublic.t:9\t{"id":9,"name":"e","large":"L"}',
      ]);
      expect(await scene.rows('s.kmb', '--at', '3')).to.include('4\tpublic.t:1\t{"id":1,"name":"c","large":"L"}');
      await expectRefused(
        scene.import(lines([event('c', null, row(1, 'a'))]), ['--as', 'debezium', '--json'], 'n.kmb'),
        1,
        /does not say what the key of public.t is/,
      );
    }));
});
