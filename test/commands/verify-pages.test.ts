/**
 * verify-pages and reads on files of every kind of damage: exit codes, one object a store, and nothing that crashes.
 */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { healthyStore, ownDamages, subtleDamages } from '../support/damage.js';
import { crateBrokenStores, damagedStores, goldenStores } from '../support/golden.js';
import { runCli } from './support/cli.js';
import { withTempFolder } from './support/temp-folder.js';

interface StoreJson {
  readonly store: string;
  readonly ok: boolean;
  readonly pages: number;
  readonly pagesChecked: number;
  readonly findings: readonly { readonly severity: string; readonly message: string }[];
}

const HARMLESS = ['leak', 'odd'];

describe('verify-pages', () => {
  for (const { name, bytes } of [...damagedStores(), ...crateBrokenStores(), ...ownDamages(), ...subtleDamages()]) {
    it(`${name}: exits with what it found, in text and in JSON, and changes nothing`, () =>
      withTempFolder(async (cwd) => {
        const path = join(cwd, 'store.kmb');
        writeFileSync(path, bytes);
        const json = await runCli(['verify-pages', 'store.kmb', '--json'], { cwd });
        const report = JSON.parse(json.stdout) as StoreJson;
        const bad = report.findings.some(({ severity }) => !HARMLESS.includes(severity));
        expect(json.code).to.equal(bad ? 1 : 0);
        expect(report).to.include({ store: 'store.kmb', ok: !bad, pagesChecked: report.pages });
        const text = await runCli(['verify-pages', 'store.kmb'], { cwd });
        expect(text.code).to.equal(json.code);
        const leaks = (message: string): boolean => message.endsWith('no table reaches it');
        for (const { message } of report.findings) if (!leaks(message)) expect(text.stdout).to.contain(message);
        const strict = await runCli(['verify-pages', 'store.kmb', '--strict'], { cwd });
        expect(strict.code).to.equal(report.findings.length > 0 ? 1 : 0);
        expect(readFileSync(path).equals(bytes)).to.equal(true);
      }));
  }

  it('takes many stores, and calls the sound ones sound', () =>
    withTempFolder(async (cwd) => {
      const own = ['healthy', 'sane'].map((name) => ({ name, bytes: healthyStore() }));
      const stores = [...goldenStores(), ...own];
      for (const { name, bytes } of stores) writeFileSync(join(cwd, name), bytes);
      const names = stores.map(({ name }) => name);
      const { code, stdout, stderr } = await runCli(['verify-pages', '--strict', ...names], { cwd });
      expect(stderr).to.match(/^note: \d+ stores in \d+\.\d\d s; all well\n$/);
      expect(code).to.equal(0);
      expect(stdout.match(/^.*: sound, /gm)?.sort()).to.deep.equal(names.map((name) => `${name}: sound, `).sort());
    }));

  it('ends with the worst exit code, damage before what could not be looked at, and one that cannot be read does not stop the rest', () =>
    withTempFolder(async (cwd) => {
      writeFileSync(join(cwd, 'sound'), healthyStore());
      writeFileSync(join(cwd, 'bad'), healthyStore().fill(0, 9000, 9001).fill(1, 9001, 9100));
      writeFileSync(join(cwd, 'text'), 'no store');
      mkdirSync(join(cwd, 'folder'));
      spawnSync('mkfifo', [join(cwd, 'pipe')]);
      const codeOf = async (...names: string[]): Promise<number> => {
        const { code, stdout } = await runCli(['verify-pages', '--json', ...names], { cwd });
        const told = stdout.split('\n').slice(0, -2);
        if (names.length > 1) {
          expect(told.map((line) => (JSON.parse(line) as StoreJson).store).sort()).to.deep.equal(names.sort());
        }
        return code;
      };
      expect(await codeOf('sound')).to.equal(0);
      expect(await codeOf('bad', 'sound')).to.equal(1);
      expect(await codeOf('text', 'sound')).to.equal(1);
      expect(await codeOf('folder')).to.equal(3);
      expect(await codeOf('pipe', 'bad', 'sound')).to.equal(3);
      expect(await codeOf('absent')).to.equal(6);
      expect(await codeOf('bad', 'absent', 'folder', 'sound')).to.equal(3);
      expect(await codeOf('absent', 'bad', 'sound')).to.equal(1);
      expect(await codeOf('absent', 'sound')).to.equal(6);
    }));

  it('says on a file that may not be read what the system says', () =>
    withTempFolder(async (cwd) => {
      writeFileSync(join(cwd, 'store.kmb'), healthyStore());
      chmodSync(join(cwd, 'store.kmb'), 0o000);
      const mayReadAnything = process.getuid?.() === 0;
      expect((await runCli(['verify-pages', 'store.kmb'], { cwd })).code).to.equal(mayReadAnything ? 0 : 6);
    }));

  it('sends to recover where recover mends, which says what it did', () =>
    withTempFolder(async (cwd) => {
      const damage = ownDamages().find(({ name }) => name === 'next page id 1');
      writeFileSync(join(cwd, 'store.kmb'), damage?.bytes ?? '');
      const { code, stdout } = await runCli(['verify-pages', 'store.kmb'], { cwd });
      expect([code, stdout]).to.satisfy(() => code === 1 && stdout.includes('next: kmb-store recover'));
      const recovered = await runCli(['recover', 'store.kmb'], { cwd });
      expect(recovered.stdout).to.equal('corrected the next page id: 5 pages in use were not counted\n');
      expect((await runCli(['verify-pages', 'store.kmb', '--strict'], { cwd })).code).to.equal(0);
    }));

  it('prints no more findings than it is told to, and counts them all', () =>
    withTempFolder(async (cwd) => {
      writeFileSync(join(cwd, 'store.kmb'), Buffer.concat([healthyStore(), Buffer.alloc(4096 * 300)]));
      const { stdout } = await runCli(['verify-pages', 'store.kmb', '--max-findings', '2'], { cwd });
      expect(stdout).to.contain('store.kmb: sound, 301 leak\n').and.contain('  pages 6 to 7\n  298 more\n');
      const json = await runCli(['verify-pages', 'store.kmb', '--json'], { cwd });
      expect(JSON.parse(json.stdout)).to.include({ leak: 301, findingsOmitted: 201 });
      expect((await runCli(['verify-pages', 'store.kmb', '--max-findings', 'x'], { cwd })).code).to.equal(2);
    }));

  it('has a line for the terminal that says how far it has come, how fast, and how long it takes', async () => {
    const { verifyProgress } = await import('../../src/cli/verify/progress.js');
    const line = (pagesDone: number, pagesTotal: number) => verifyProgress('a.kmb', { pagesDone, pagesTotal }, 2, 77);
    expect(line(500_000, 1_000_000)).to.equal('a.kmb: 50 %, 1,024 MB/s, 2 s left');
    expect(line(0, 1000)).to.equal('a.kmb: 0 %, 0 MB/s');
    expect(line(0, 0)).to.equal('a.kmb: 100 %, 0 MB/s, 0 s left');
  });

  it('steers no terminal with the keys and names that it prints', () =>
    withTempFolder(async (cwd) => {
      const name = 'a\u001b[31m.kmb';
      writeFileSync(join(cwd, name), Buffer.alloc(5000));
      const { stdout, stderr } = await runCli(['verify-pages', name], { cwd });
      expect(stdout + stderr).to.not.contain('\u001b');
    }));
});
