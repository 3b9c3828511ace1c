/** Change events in each form, made from one history of rows: what they leave is what the rows are. */
import { expect } from 'chai';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot, runCli } from './support/cli.js';
import { withTempFolder } from './support/temp-folder.js';

type Row = Readonly<Record<string, unknown>>;

/** A change of a row of table t, whose key is id; `null` fields are null, missing ones have not changed. */
type Change =
  | { readonly kind: 'insert'; readonly row: Row }
  | { readonly kind: 'update'; readonly old?: Row; readonly row: Row }
  | { readonly kind: 'delete'; readonly old: Row }
  | { readonly kind: 'truncate' };

const UNAVAILABLE = '__debezium_unavailable_value';

/** Transactions: nulls, a key that changes, a large column that has not changed, a truncation. */
const TRANSACTIONS: readonly (readonly Change[])[] = [
  [
    { kind: 'insert', row: { id: 1, name: 'Ada', note: null, large: 'L' } },
    { kind: 'insert', row: { id: 2, name: 'Bob', note: 'b', large: 'M' } },
  ],
  [],
  [{ kind: 'truncate' }],
  [
    { kind: 'insert', row: { id: 3, name: 'Cleo', note: '', large: 'N' } },
    { kind: 'insert', row: { id: 4, name: 'Dan', note: 'd', large: 'O' } },
    { kind: 'insert', row: { id: 5, name: 'Eve', note: 'e', large: 'P' } },
  ],
  [
    { kind: 'update', old: { id: 3 }, row: { id: 30, name: 'Cleo', note: null, large: 'N' } },
    { kind: 'update', row: { id: 4, name: 'Daniel', note: null } },
    { kind: 'delete', old: { id: 5 } },
  ],
];

/** The rows that are left, by key: what the changes mean, without anything of the import. */
const LEFT = [
  '{"id":30,"name":"Cleo","note":null,"large":"N"}',
  // The event does not say what has not changed.
  '{"id":4,"name":"Daniel","note":null}',
];

const SOURCE = { schema: 'public', table: 't' };
const CHANGES = TRANSACTIONS.flat().length;

function wal2json1(changes: readonly Change[]): unknown[] {
  const change = changes.map((each) => {
    const base = { ...SOURCE, kind: each.kind, pk: { pknames: ['id'] } };
    const old = 'old' in each ? { oldkeys: { keynames: ['id'], keyvalues: [each.old['id']] } } : {};
    if (!('row' in each)) return { ...base, ...old };
    return { ...base, ...old, columnnames: Object.keys(each.row), columnvalues: Object.values(each.row) };
  });
  return [{ change }];
}

const columns = (row: Row) => Object.entries(row).map(([name, value]) => ({ name, type: 'text', value }));

function wal2json2(changes: readonly Change[]): unknown[] {
  const events = changes.map((each) => ({
    ...SOURCE,
    action: { insert: 'I', update: 'U', delete: 'D', truncate: 'T' }[each.kind],
    pk: [{ name: 'id', type: 'integer' }],
    ...('row' in each ? { columns: columns(each.row) } : {}),
    ...('old' in each ? { identity: columns(each.old) } : {}),
  }));
  return [{ action: 'B' }, ...events, { action: 'C' }];
}

function debezium(changes: readonly Change[]): unknown[] {
  return changes.map((each) => {
    const before = 'old' in each ? each.old : null;
    const row = 'row' in each ? { large: UNAVAILABLE, ...each.row } : null;
    // The columns in the order of the table.
    const after =
      row && Object.fromEntries(['id', 'name', 'note', 'large'].map((name) => [name, row[name as 'large']]));
    return { op: { insert: 'c', update: 'u', delete: 'd', truncate: 't' }[each.kind], before, after, source: SOURCE };
  });
}

describe('change events of one history', () => {
  for (const [name, as, form] of [
    ['wal2json, format 1', 'wal2json', wal2json1],
    ['wal2json, format 2', 'wal2json', wal2json2],
    ['Debezium', 'debezium', debezium],
  ] as const) {
    it(`leave the rows that they mean, in the form of ${name}`, () =>
      withTempFolder(async (cwd) => {
        const text = TRANSACTIONS.flatMap(form).map((event) => `${JSON.stringify(event)}\n`);
        writeFileSync(join(cwd, 'events'), text.join(''));
        const flags = ['--as', as, '--map', 'public.t=5', '--key', 'id', '--json'];
        const { code, stdout, stderr } = await runCli(['import', 's.kmb', 'events', ...flags], { cwd });
        expect(code, stderr).to.equal(0);
        // Neither where a transaction begins nor where it ends is a row.
        expect(JSON.parse(stdout)).to.include({ rows: CHANGES });
        expect(stderr).to.contain('COLUMNS_UNCHANGED').and.to.contain('1 row is stored without columns');
        const scan = await runCli(['scan', 's.kmb', '--table', '5'], { cwd });
        expect(scan.stdout).to.equal(`30\t${LEFT[0]}\n4\t${LEFT[1]}\n`);
        const { stdout: past } = await runCli(['count', 's.kmb', '--table', '5'], { cwd });
        expect(past).to.equal('2\n');
        if (as === 'debezium') return;
        const stat = await runCli(['stat', 's.kmb', '--json'], { cwd });
        expect(JSON.parse(stat.stdout)).to.include({ appliedPosition: TRANSACTIONS.length });
      }));
  }

  it('do not take a column that was dropped for one that has not changed', () =>
    withTempFolder(async (cwd) => {
      const changes: Change[] = [
        { kind: 'insert', row: { id: 1, dropped: 'x' } },
        { kind: 'insert', row: { id: 2 } },
        { kind: 'update', row: { id: 2 } },
      ];
      writeFileSync(
        join(cwd, 'events'),
        wal2json1(changes)
          .map((event) => `${JSON.stringify(event)}\n`)
          .join(''),
      );
      const { code, stderr } = await runCli(['import', 's.kmb', 'events', '--as', 'wal2json'], { cwd });
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    }));
});

interface RealOperation {
  readonly op: 'put' | 'delete';
  readonly table: number;
  readonly key: string;
  readonly value: string;
}

describe('the real events of wal2json', () => {
  const file = join(repositoryRoot, '../shared/real/wal2json.ndjson');
  /** The log has what wal2json printed in its own tests; messages are in table 2. */
  const batches = (): RealOperation[][] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { ops: RealOperation[] }).ops);

  /** What they mean, by key. */
  function meaning(table: number): string[] {
    const rows = new Map<string, string>();
    for (const { op, table: of, key, value } of batches().flat()) {
      if (of !== table) continue;
      if (op === 'put') rows.set(key, value);
      else rows.delete(key);
    }
    return [...rows].map(([key, value]) => `${key}\t${value}`).sort();
  }

  /** An event again, as wal2json prints it in format 1: the key is one column, called as no other. */
  function eventOf({ op, table, key, value }: RealOperation): unknown {
    if (table === 2) return { kind: 'message', content: value };
    const at = key.indexOf(':');
    const [schema = '', ...rest] = key.slice(0, at).split('.');
    const base = { schema, table: rest.join('.'), pk: { pknames: ['the key'] } };
    const keyvalues = [key.slice(at + 1)];
    if (op === 'delete') return { kind: 'delete', ...base, oldkeys: { keynames: ['the key'], keyvalues } };
    const row = JSON.parse(value) as Row;
    const [columnnames, columnvalues] = [
      ['the key', ...Object.keys(row)],
      [...keyvalues, ...Object.values(row)],
    ];
    return { kind: 'insert', ...base, columnnames, columnvalues };
  }

  it('leave what they mean: as the log that they are, and imported as events', async function () {
    if (!existsSync(file)) this.skip();
    await withTempFolder(async (cwd) => {
      const replay = await runCli(['replay', 'log.kmb', file], { cwd });
      expect(replay.code, replay.stderr).to.equal(0);
      const rowsOf = async (store: string, table: string) =>
        (await runCli(['scan', store, '--table', table, '--json'], { cwd })).stdout
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as { key: string; value: string });
      for (const table of [1, 2]) {
        const rows = await rowsOf('log.kmb', String(table));
        expect(rows.map(({ key, value }) => `${key}\t${value}`).sort()).to.deep.equal(meaning(table));
      }
      const events = batches().map((operations) => `${JSON.stringify({ change: operations.map(eventOf) })}\n`);
      writeFileSync(join(cwd, 'events'), events.join(''));
      const outcome = await runCli(['import', 'events.kmb', 'events', '--as', 'wal2json', '--json'], { cwd });
      expect(outcome.code, outcome.stderr).to.equal(0);
      const changes = batches()
        .flat()
        .filter(({ table }) => table === 1).length;
      expect(JSON.parse(outcome.stdout)).to.include({ rows: changes, toPosition: batches().length });
      const imported = await rowsOf('events.kmb', '1');
      const left = imported.map(({ key, value }) => {
        const { 'the key': _, ...row } = JSON.parse(value) as Row;
        return `${key}\t${JSON.stringify(row)}`;
      });
      const due = meaning(1).map((line) => {
        const [key = '', value = ''] = line.split('\t');
        return `${key}\t${JSON.stringify(JSON.parse(value))}`;
      });
      expect(left.sort()).to.deep.equal(due.sort());
    });
  });
});
