/** A copy never takes the place of what it is made of, however that is spelled. */
import { expect } from 'chai';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from './support/cli.js';
import { makeExampleFiles } from './support/fixtures.js';
import { withTempFolder } from './support/temp-folder.js';

const SPELLINGS = ['store.kmb', './store.kmb', 'folder/../store.kmb', 'symbolic', 'hard', 'folder/symbolic'];

const COPIES: Readonly<Record<string, (output: string) => readonly string[]>> = {
  backup: (output) => ['backup', 'store.kmb', output],
  salvage: (output) => ['salvage', 'store.kmb', output],
  'salvage --lost': (output) => ['salvage', 'store.kmb', 'other.kmb', '--lost', output],
  rewind: (output) => ['rewind', 'store.kmb', '2', output],
  compact: (output) => ['compact', 'store.kmb', '--output', output],
  upgrade: (output) => ['upgrade', 'store.kmb', '--output', output],
};

describe('the store itself as the output', () => {
  for (const [id, argv] of Object.entries(COPIES)) {
    it(`of ${id} is refused in all spellings, with --force too, and nothing is lost`, () =>
      withTempFolder(async (cwd) => {
        await makeExampleFiles(cwd);
        mkdirSync(join(cwd, 'folder'));
        symlinkSync('store.kmb', join(cwd, 'symbolic'));
        symlinkSync('../store.kmb', join(cwd, 'folder', 'symbolic'));
        const before = readFileSync(join(cwd, 'store.kmb'));
        for (const output of [...SPELLINGS, join(cwd, 'store.kmb')]) {
          if (output === 'hard') linkSync(join(cwd, 'store.kmb'), join(cwd, 'hard'));
          const { code, stderr } = await runCli([...argv(output), '--force', '--json'], { cwd });
          expect(code, output).to.equal(4);
          expect(JSON.parse(stderr), output).to.have.nested.property('error.exitCode', 4);
          expect(readFileSync(join(cwd, 'store.kmb')).equals(before), output).to.equal(true);
        }
      }));
  }

  it('nor is the list of a salvage its result, its log, or beside them what belongs to them', () =>
    withTempFolder(async (cwd) => {
      await makeExampleFiles(cwd);
      const before = readFileSync(join(cwd, 'log.ndjson'));
      for (const lost of ['./new.kmb', 'log.ndjson', './log.ndjson', 'new.kmb-journal', 'store.kmb-lock']) {
        const argv = ['salvage', 'store.kmb', 'new.kmb', '--log', 'log.ndjson', '--lost', lost, '--force'];
        const { code, stderr } = await runCli(argv, { cwd });
        expect([code, existsSync(join(cwd, 'new.kmb'))], stderr).to.deep.equal([4, false]);
      }
      expect(readFileSync(join(cwd, 'log.ndjson')).equals(before)).to.equal(true);
      const { code } = await runCli(['salvage', 'store.kmb', 'new.kmb', '--lost', 'lost.ndjson'], { cwd });
      expect([code, readFileSync(join(cwd, 'lost.ndjson'), 'utf8')]).to.deep.equal([0, '']);
      expect(readdirSync(cwd).filter((name) => name.endsWith('.tmp'))).to.deep.equal([]);
    }));
});
