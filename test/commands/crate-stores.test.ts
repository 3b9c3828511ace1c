/** The stores that the Rust crate wrote, seen through the commands; without them these tests have nothing to do. */
import { expect } from 'chai';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crateBrokenStores, damagedStores, goldenStores, type StoreCase } from '../support/golden.js';
import type { StoredRow } from '../support/read-rows.js';
import { runCli } from './support/cli.js';
import { withTempFolder } from './support/temp-folder.js';

interface JsonRow {
  readonly table: number | string;
  readonly key?: string;
  readonly keyHex?: string;
  readonly value?: string;
  readonly valueHex?: string;
}

describe('stores of the crate', () => {
  for (const store of goldenStores()) {
    it(`${store.name}: scan and count give its rows at every position, and change nothing`, () =>
      withTempFolder(async (cwd) => {
        const path = join(cwd, 'store.kmb');
        writeFileSync(path, store.bytes);
        const { mtimeNs } = statSync(path, { bigint: true });
        await expectRows(cwd, 'store.kmb', store);
        expect(readFileSync(path).equals(store.bytes)).to.equal(true);
        expect(statSync(path, { bigint: true }).mtimeNs).to.equal(mtimeNs);
      }));

    it(`${store.name}: replaying its log gives the same rows`, () =>
      withTempFolder(async (cwd) => {
        writeFileSync(join(cwd, 'log'), store.log.map((line) => `${line}\n`).join(''));
        expect((await runCli(['replay', 'new.kmb', 'log'], { cwd })).stderr).to.equal('');
        await expectRows(cwd, 'new.kmb', store);
      }));
  }

  for (const { name, bytes } of [...crateBrokenStores(), ...damagedStores()]) {
    it(`${name}: every command answers or exits with a code of its own`, () =>
      withTempFolder(async (cwd) => {
        const path = join(cwd, 'store.kmb');
        writeFileSync(path, bytes);
        for (const argv of [
          ['tables', 'store.kmb'],
          ['scan', 'store.kmb', '--all-tables', '--json'],
          ['scan', 'store.kmb', '--all-tables', '--reverse'],
          ['count', 'store.kmb', '--all-tables'],
          ['history', 'store.kmb', 'key', '--table', '1'],
        ]) {
          expect([0, 1, 3], argv.join(' ')).to.include((await runCli(argv, { cwd })).code);
        }
        expect(readFileSync(path).equals(bytes)).to.equal(true);
      }));
  }
});

async function expectRows(cwd: string, name: string, { rowsAt, appliedPosition }: StoreCase): Promise<void> {
  for (const [position, rows] of rowsAt) {
    const at = position === appliedPosition ? [] : ['--at', position.toString()];
    const { code, stdout, stderr } = await runCli(['scan', name, '--all-tables', '--json', ...at], { cwd });
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout.split('\n').slice(0, -1).map(toStoredRow)).to.deep.equal(rows);
    const count = await runCli(['count', name, '--all-tables', ...at], { cwd });
    expect(count.stdout).to.equal(`${rows.length}\n`);
  }
}

function toStoredRow(line: string): StoredRow {
  const { table, key, keyHex, value, valueHex } = JSON.parse(line) as JsonRow;
  return { table: BigInt(table), keyHex: keyHex ?? hexOf(key), valueHex: valueHex ?? hexOf(value) };
}

const hexOf = (text: string | undefined): string => Buffer.from(text ?? '', 'utf8').toString('hex');
