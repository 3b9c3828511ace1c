import { expect } from 'chai';
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from './support/cli.js';
import { makeExampleFiles } from './support/fixtures.js';
import { withTempFolder } from './support/temp-folder.js';

const READING = [
  ['get', 'store.kmb', 'user:1'],
  ['get', 'store.kmb', 'nobody'],
  ['get', 'store.kmb', 'user:1', '--at', '1'],
  ['get', 'store.kmb', 'user:1', '--at', '99'],
  ['scan', 'store.kmb'],
  ['scan', 'store.kmb', '--table', '9'],
  ['count', 'store.kmb', '--all-tables'],
  ['history', 'store.kmb', 'user:2'],
  ['tables', 'store.kmb'],
  ['tables', 'absent.kmb'],
  ['dump-superblock', 'store.kmb'],
  ['dump-page', 'store.kmb', '1', '--hex'],
  ['dump-page', 'store.kmb', '1', '--raw'],
  ['dump-page', 'store.kmb', '99'],
  ['verify-pages', 'store.kmb'],
  ['verify-pages', 'store.kmb', 'absent.kmb', '--quick', '--json'],
];
const REFUSED_WRITES = [
  ['delete', 'store.kmb', 'nobody'],
  ['delete', 'store.kmb', 'user:1', '--table', '9'],
  ['delete', 'absent.kmb', 'user:1'],
  ['put', 'store.kmb', 'key', 'value', '--position', '9'],
  ['put', 'store.kmb', 'k'.repeat(1025), 'v'],
];

describe('a command that changes nothing', () => {
  for (const argv of [...READING, ...REFUSED_WRITES]) {
    it(`leaves every byte and time alone, and nothing beside the store: ${argv.join(' ').slice(0, 60)}`, () =>
      withTempFolder(async (cwd) => {
        await makeExampleFiles(cwd);
        const store = join(cwd, 'store.kmb');
        const isReading = READING.includes(argv);
        if (isReading) chmodSync(store, 0o444);
        if (isReading) chmodSync(cwd, 0o555);
        const before = [readdirSync(cwd), readFileSync(store, 'hex'), statSync(store, { bigint: true }).mtimeNs];
        await runCli(argv, { cwd });
        const after = [readdirSync(cwd), readFileSync(store, 'hex'), statSync(store, { bigint: true }).mtimeNs];
        chmodSync(cwd, 0o755);
        expect(after).to.deep.equal(before);
      }));
  }
});
