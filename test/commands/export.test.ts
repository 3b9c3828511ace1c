/** What an export makes, what it refuses, and what is there after it was cut off. */
import { expect } from 'chai';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadParquetRows } from '../../src/cli/export/parquet-rows.js';
import { commonFolder, encodeName, storeName } from '../../src/cli/many/store-names.js';
import { runCli, type Outcome } from './support/cli.js';
import { makeExampleFiles } from './support/fixtures.js';
import { withTempFolder } from './support/temp-folder.js';

interface ErrorLine {
  readonly error: {
    readonly code: string;
    readonly exitCode: number;
    readonly message: string;
    readonly reason?: string;
  };
}

/** A folder with a store of four positions, in two tables, with bytes that are no text. */
class Scene {
  constructor(readonly cwd: string) {}

  async run(...argv: readonly string[]): Promise<Outcome> {
    return runCli(argv, { cwd: this.cwd });
  }

  async done(...argv: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...argv);
    expect(code, `${argv.join(' ')}: ${stderr}`).to.equal(0);
    return stdout;
  }

  /** The code of the error that a command is refused with, and its reason. */
  async refused(...argv: readonly string[]): Promise<string> {
    const { code, stderr } = await this.run(...argv, '--json');
    const { error } = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as ErrorLine;
    expect(code).to.equal(error.exitCode);
    return [error.code, error.exitCode, error.reason].filter((part) => part !== undefined).join(' ');
  }

  async hash(store: string, ...flags: readonly string[]): Promise<string> {
    return (JSON.parse(await this.done('hash', store, '--json', ...flags)) as { hash: string }).hash;
  }

  /** All files below the folder, with what is in them. */
  files(folder: string): Record<string, string> {
    const entries = readdirSync(join(this.cwd, folder), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return Object.fromEntries(
      files.sort().map((file) => [file.slice(this.cwd.length + 1), readFileSync(file, 'latin1')]),
    );
  }

  names(folder: string): string[] {
    return Object.keys(this.files(folder));
  }
}

const withScene = (use: (scene: Scene) => Promise<void>): Promise<void> =>
  withTempFolder(async (cwd) => {
    const scene = new Scene(cwd);
    await makeExampleFiles(cwd);
    await scene.done('put', 'store.kmb', 'ff00', '0d0a22', '--key-hex', '--value-hex', '--table', '2');
    await use(scene);
  });

const SET = ['--output', 'set', '--as', 'jsonl', '--history'];
const APPEND = [...SET, '--append'];

describe('export', () => {
  it('writes rows that an import makes the same content of: JSON Lines, CSV of text and of bytes', () =>
    withScene(async (scene) => {
      await scene.done('export', 'store.kmb', '--output', 'rows.jsonl', '--as', 'jsonl');
      await scene.done('import', 'jsonl.kmb', 'rows.jsonl', '--as', 'rows');
      expect(await scene.hash('jsonl.kmb')).to.equal(await scene.hash('store.kmb'));

      await scene.done('put', 'store.kmb', 'odd', 'a "b",\r\nc', '--table', '1');
      await scene.done('put', 'store.kmb', '', '', '--table', '1');
      await scene.done('export', 'store.kmb', '--output', 'rows.csv', '--as', 'csv', '--text', '--table', '1');
      const key = ['--as', 'csv', '--key', 'key', '--value', 'value', '--table', '1'];
      await scene.done('import', 'text.kmb', 'rows.csv', ...key);
      expect(await scene.hash('text.kmb', '--table', '1')).to.equal(await scene.hash('store.kmb', '--table', '1'));

      await scene.done('export', 'store.kmb', '--output', 'bytes', '--as', 'csv');
      const hex = ['--as', 'csv', '--key', 'key_hex', '--key-hex', '--value', 'value_hex', '--value-hex'];
      for (const [start, table] of [
        ['0', '1'],
        ['1', '2'],
      ] as const) {
        const part = `bytes/store=store.kmb/table=${table}/part-0.csv`;
        await scene.done('import', 'bytes.kmb', part, ...hex, '--table', table, '--start', start);
      }
      expect(await scene.hash('bytes.kmb')).to.equal(await scene.hash('store.kmb'));
    }));

  it('is as of one position, whatever came after it', () =>
    withScene(async (scene) => {
      const before = readFileSync(join(scene.cwd, 'store.kmb'));
      writeFileSync(join(scene.cwd, 'then.kmb'), before);
      await scene.done('put', 'store.kmb', 'user:1', 'later', '--table', '1');
      await scene.done('delete', 'store.kmb', 'user:4', '--table', '1');
      await scene.done('put', 'store.kmb', 'new', 'table', '--table', '9');
      for (const flags of [[], ['--history']]) {
        await scene.done(
          'export',
          'store.kmb',
          '--output',
          'at.jsonl',
          '--as',
          'jsonl',
          '--at',
          '4',
          '--force',
          ...flags,
        );
        await scene.done('export', 'then.kmb', '--output', 'then.jsonl', '--as', 'jsonl', '--force', ...flags);
        const [at, then] = ['at.jsonl', 'then.jsonl'].map((name) => readFileSync(join(scene.cwd, name), 'utf8'));
        expect(at).to.equal(then);
      }
    }));

  it('is the same when it is made again, and its append changes nothing where nothing is new', () =>
    withScene(async (scene) => {
      await scene.done('export', 'store.kmb', ...APPEND);
      const first = scene.files('set');
      expect(Object.keys(first)).to.deep.equal([
        'set/_manifest.json',
        'set/store=store.kmb/table=1/part-0.jsonl',
        'set/store=store.kmb/table=2/part-0.jsonl',
      ]);
      await scene.done('export', 'store.kmb', ...APPEND);
      expect(scene.files('set')).to.deep.equal(first);
      await scene.done('export', 'store.kmb', ...SET, '--force');
      expect(scene.files('set')).to.deep.equal(first);
    }));

  it('adds what is new, and removes what an append that was cut off has left', () =>
    withScene(async (scene) => {
      await scene.done('export', 'store.kmb', ...SET);
      const table = join(scene.cwd, 'set/store=store.kmb/table=1');
      writeFileSync(join(table, 'part-1.jsonl'), 'of a crash');
      writeFileSync(join(table, '.part-2.jsonl.99.tmp'), 'of a crash');
      writeFileSync(join(scene.cwd, 'set/mine.txt'), 'mine');
      await scene.done('put', 'store.kmb', 'user:3', 'Cleopatra', '--table', '1');
      await scene.done('export', 'store.kmb', ...APPEND);
      const { 'set/store=store.kmb/table=1/part-1.jsonl': added, ...others } = scene.files('set');
      expect(added).to.equal(
        '{"table":1,"key":"user:3","value":"Cleopatra","createdAt":5,"deletedAt":null}\n' +
          '{"table":1,"key":"user:3","value":"Cleo","createdAt":2,"deletedAt":5}\n',
      );
      expect(Object.keys(others)).to.have.length(4);
      expect(await scene.refused('export', 'store.kmb', ...SET, '--force')).to.contain('OUTPUT_FOREIGN 4');
    }));

  it('names stores by their paths, also those that come later', () =>
    withScene(async (scene) => {
      mkdirSync(join(scene.cwd, 'a/b'), { recursive: true });
      for (const name of ['a/b/x=1.kmb', 'a/y.kmb', 'a/z.kmb'])
        copyFileSync(join(scene.cwd, 'store.kmb'), join(scene.cwd, name));
      await scene.done('export', 'a/b/x=1.kmb', 'a/y.kmb', ...SET, '--table', '1');
      await scene.done('export', 'a/z.kmb', ...APPEND, '--table', '1');
      expect(scene.names('set')).to.deep.equal([
        'set/_manifest.json',
        'set/store=b%2Fx%3D1.kmb/table=1/part-0.jsonl',
        'set/store=y.kmb/table=1/part-0.jsonl',
        'set/store=z.kmb/table=1/part-0.jsonl',
      ]);
      expect(await scene.refused('export', 'a/y.kmb', 'store.kmb', ...APPEND, '--table', '1')).to.equal(
        'EXPORT_DIFFERS 4',
      );
    }));

  it('adds nothing to a store that is another one now, and tells which', () =>
    withScene(async (scene) => {
      const { cwd } = scene;
      await scene.done('replay', 'other.kmb', 'log.ndjson');
      await scene.done('export', 'store.kmb', 'other.kmb', ...SET);
      const before = scene.files('set');
      // Another history up to the same position, and up to a later one.
      await scene.done('rewind', 'store.kmb', '3', 'short.kmb');
      copyFileSync(join(cwd, 'store.kmb'), join(cwd, 'kept.kmb'));
      copyFileSync(join(cwd, 'short.kmb'), join(cwd, 'store.kmb'));
      expect(await scene.refused('export', 'store.kmb', ...APPEND)).to.equal('EXPORT_DIFFERS 4 behind');
      await scene.done('put', 'store.kmb', 'x', 'y', '--table', '1');
      expect(await scene.refused('export', 'store.kmb', ...APPEND)).to.equal('EXPORT_DIFFERS 4 replaced');
      await scene.done('put', 'store.kmb', 'x', 'z', '--table', '1');
      expect(await scene.refused('export', 'store.kmb', ...APPEND)).to.equal('EXPORT_DIFFERS 4 replaced');
      copyFileSync(join(cwd, 'kept.kmb'), join(cwd, 'store.kmb'));
      await scene.done('purge-table', 'store.kmb', '--table', '2', '--yes');
      expect(await scene.refused('export', 'store.kmb', ...APPEND)).to.equal('EXPORT_DIFFERS 4 forgotten');
      expect(scene.files('set')).to.deep.equal(before);
      // It keeps no other one from being added.
      await scene.done('put', 'other.kmb', 'x', 'y', '--table', '1');
      const { code, stdout } = await scene.run('export', 'store.kmb', 'other.kmb', ...APPEND, '--json');
      expect(code).to.equal(4);
      const [failed, added] = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object);
      expect(failed).to.have.nested.property('error.code', 'EXPORT_DIFFERS');
      expect(added).to.include({ store: 'other.kmb', rows: 1, since: 3, position: 4 });
      expect(scene.names('set')).to.include('set/store=other.kmb/table=1/part-1.jsonl');
    }));

  it('tells that a table of format 1 was purged, which leaves no trace there', () =>
    withScene(async (scene) => {
      await scene.done('replay', 'one.kmb', 'log.ndjson', '--format', '1');
      await scene.done('put', 'one.kmb', 'k', 'v', '--table', '2');
      await scene.done('export', 'one.kmb', ...SET);
      await scene.done('purge-table', 'one.kmb', '--table', '1', '--yes');
      expect(await scene.refused('export', 'one.kmb', ...APPEND)).to.equal('EXPORT_DIFFERS 4 replaced');
    }));

  it('refuses what it would overwrite, what is not like what is there, and what is there twice', () =>
    withScene(async (scene) => {
      const { cwd } = scene;
      await scene.done('export', 'store.kmb', ...SET);
      symlinkSync('store.kmb', join(cwd, 'link.csv'));
      mkdirSync(join(cwd, 'mine'));
      const csv = ['--as', 'csv'];
      for (const [due, ...argv] of [
        ['OUTPUT_EXISTS 4', 'store.kmb', ...SET],
        ['OUTPUT_IS_INPUT 4', 'store.kmb', '--output', 'store.kmb', '--force', ...csv],
        ['OUTPUT_IS_INPUT 4', 'store.kmb', '--output', 'link.csv', '--force', ...csv],
        ['OUTPUT_FOREIGN 4 it has no _manifest.json', 'store.kmb', '--output', 'mine', '--force', ...csv],
        ['OUTPUT_FOREIGN 4 it has no _manifest.json', 'store.kmb', '--output', 'mine', '--append', ...csv],
        ['EXPORT_DIFFERS 4', 'store.kmb', '--output', 'set', '--append', '--history', ...csv],
        ['EXPORT_DIFFERS 4', 'store.kmb', ...APPEND, '--text'],
        ['EXPORT_DIFFERS 4', 'store.kmb', ...APPEND, '--table', '1'],
        ['STORE_TWICE 2', 'store.kmb', 'link.csv', '--output', 'x', ...csv],
        ['INVALID_VALUE 2', 'store.kmb', '--output', 'x.csv', '--append', ...csv],
        ['INVALID_VALUE 2', 'store.kmb', 'kept.kmb', '--output', 'x.csv', ...csv],
        ['NOT_TEXT 4', 'store.kmb', '--output', 'x', '--text', ...csv],
        ['TABLE_NOT_FOUND 1', 'store.kmb', '--output', 'x', '--table', '77', ...csv],
        ['POSITION_BEYOND_APPLIED 4', 'store.kmb', '--output', 'x', '--at', '77', ...csv],
        ['STORE_NOT_FOUND 6', 'absent.kmb', '--output', 'x', ...csv],
        ['IO_ERROR 6', 'store.kmb', '--output', 'no/such/x.csv', ...csv],
      ] as const) {
        expect(await scene.refused('export', ...argv), argv.join(' ')).to.equal(due);
      }
      writeFileSync(join(cwd, 'set/_manifest.json'), '{"layout":2}');
      expect(await scene.refused('export', 'store.kmb', ...APPEND)).to.equal('MANIFEST_INVALID 4');
      // Nothing is left beside them.
      expect(readdirSync(cwd).filter((name) => name.includes('.tmp') || name === 'x')).to.deep.equal([]);
      expect(scene.names('set').filter((name) => name.includes('lock'))).to.deep.equal([]);
    }));

  it('says what is missing where Parquet cannot be written', async () => {
    const absent = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    const failure = await loadParquetRows(false, '0', () => Promise.reject(absent)).catch((error: unknown) => error);
    expect(failure).to.include({ code: 'PARQUET_UNAVAILABLE', exitCode: 6 });
    expect(failure).to.have.property('hint').that.contains('npm install hyparquet-writer');
  });

  it('finds the folder that stores are in, and their names', () => {
    expect(commonFolder(['/a/b/x', '/a/bc/y'])).to.equal('/a');
    expect(commonFolder(['/a/b/x'])).to.equal('/a/b');
    expect(commonFolder(['/x', '/a/y'])).to.equal('/');
    expect(storeName('/a', '/a/b/x')).to.equal('b/x');
    expect(storeName('/a', '/ab/x')).to.equal(undefined);
    expect(storeName('/a', '/a/..x')).to.equal('..x');
    expect(encodeName('b/x=1 ü%.kmb')).to.equal('b%2Fx%3D1%20%C3%BC%25.kmb');
  });
});
