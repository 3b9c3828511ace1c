/** A name is no proof: files of somebody else's under the names that a store needs beside it. */
import { expect } from 'chai';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from './support/cli.js';
import { USERS_LOG } from './support/fixtures.js';
import { withTempFolder } from './support/temp-folder.js';

const STORE = 's.kmb';
const HEX = '0123456789ab';

/** What somebody else may have there. */
const FOREIGN: Record<string, (path: string, store: string) => void> = {
  'a log': (path) => {
    writeFileSync(path, `${USERS_LOG.join('\n')}\n`);
  },
  noise: (path) => {
    writeFileSync(path, Buffer.alloc(10_000, 0xa7));
  },
  'one byte': (path) => {
    writeFileSync(path, 'x');
  },
  'a sound store': (path, store) => {
    copyFileSync(store, path);
  },
  'a directory': (path) => {
    mkdirSync(path);
  },
  'a dangling link': (path) => {
    symlinkSync('nowhere', path);
  },
};

/** What is ours: what a writer that was killed, or a crash, leaves. */
const OURS: Record<string, Buffer> = {
  'length 0': Buffer.alloc(0),
  'a page of zeros': Buffer.alloc(4096),
  'zeros, cut off': Buffer.alloc(100),
  'our magic': Buffer.concat([Buffer.from('VDBJOURN'), Buffer.alloc(9000, 0xee)]),
};

const WRITERS = [
  ['put', STORE, 'k', 'w'],
  ['delete', STORE, 'k'],
  ['apply', STORE, 'ops'],
  ['replay', STORE, 'log'],
  ['recover', STORE],
];

/** The files of a folder with what is in them. */
const stateOf = (cwd: string): [string, string][] =>
  readdirSync(cwd, { withFileTypes: true }).map((entry) => [
    entry.name,
    entry.isFile() ? readFileSync(join(cwd, entry.name), 'hex') : 'no file',
  ]);

async function withStore(work: (cwd: string) => Promise<void>): Promise<void> {
  await withTempFolder(async (cwd) => {
    await runCli(['put', STORE, 'k', 'v'], { cwd });
    writeFileSync(join(cwd, 'ops'), '{"op":"put","table":1,"key":"k","value":"w"}\n');
    writeFileSync(join(cwd, 'log'), '{"position":2,"ops":[]}\n');
    await work(cwd);
  });
}

describe('a file of somebody else under a name that a writer needs', () => {
  for (const purpose of ['journal', ...['new', 'spill', 'sort', 'lock-new', 'lock-takeover'].map((p) => `${p}-${HEX}`)])
    for (const [what, make] of Object.entries(FOREIGN)) {
      it(`${purpose}, ${what}: it stays, and the writer is refused by its name`, () =>
        withStore(async (cwd) => {
          const name = `${STORE}-${purpose}`;
          make(join(cwd, name), join(cwd, STORE));
          const before = stateOf(cwd);
          for (const argv of WRITERS) {
            const { code, stderr } = await runCli([...argv, '--lock-timeout', '0.05'], { cwd });
            expect(code, `${argv.join(' ')}: ${stderr}`).to.equal(4);
            expect(stderr)
              .to.include(`${name} was not made by kmb-store, and `)
              .and.to.match(/\nhint: give that file another name\n$/);
            expect(stateOf(cwd)).to.deep.equal(before);
          }
        }));
    }

  for (const [what, make] of Object.entries(FOREIGN)) {
    it(`the journal's, ${what}: readers, verify-pages and dumps answer with a note`, () =>
      withStore(async (cwd) => {
        make(join(cwd, `${STORE}-journal`), join(cwd, STORE));
        const before = stateOf(cwd);
        for (const [command, ...rest] of [
          ['get', 'k'],
          ['scan'],
          ['count'],
          ['history', 'k'],
          ['tables'],
          ['verify-pages'],
          ['dump-superblock'],
          ['dump-page', '1'],
        ]) {
          const text = await runCli([command as string, STORE, ...rest], { cwd });
          expect(text.code, command).to.equal(0);
          expect(text.stderr).to.match(/^note: [^\n]*s\.kmb-journal was not made by kmb-store, and [^\n]*\n$/);
          const json = await runCli([command as string, STORE, ...rest, '--json'], { cwd });
          expect(json.code).to.equal(0);
          expect((JSON.parse(json.stderr) as { note: { code: string } }).note.code).to.equal('SIDE_FILE_FOREIGN');
          expect(json.stdout).to.not.equal('');
        }
        expect(stateOf(cwd)).to.deep.equal(before);
      }));
  }

  it('a log that is replayed into the store of its name is kept, and applied to no store', () =>
    withTempFolder(async (cwd) => {
      writeFileSync(join(cwd, 'orders-journal'), `${USERS_LOG.join('\n')}\n`);
      const before = stateOf(cwd);
      const { code, stderr } = await runCli(['replay', 'orders', 'orders-journal'], { cwd });
      expect(code).to.equal(4);
      expect(stderr).to.include('orders-journal was not made by kmb-store');
      expect(stateOf(cwd)).to.deep.equal(before);
    }));

  it("a user's own store under a temporary name is no leftover where there is no store", () =>
    withTempFolder(async (cwd) => {
      await runCli(['put', `${STORE}-new-${HEX}`, 'k', 'v'], { cwd });
      const before = stateOf(cwd);
      const { code, stderr } = await runCli(['put', STORE, 'k', 'v'], { cwd });
      expect([code, stderr.includes(`${STORE}-new-${HEX} was not made by kmb-store`)]).to.deep.equal([4, true]);
      expect(stateOf(cwd)).to.deep.equal(before);
    }));

  it('a store under the name of a lock is not advised to be removed', () =>
    withTempFolder(async (cwd) => {
      await runCli(['put', 'door-lock', 'k', 'v'], { cwd });
      const before = stateOf(cwd);
      const { code, stderr } = await runCli(['put', 'door', 'k', 'v', '--lock-timeout', '0.05'], { cwd });
      expect(code).to.equal(5);
      expect(stderr)
        .to.include('door-lock does not say by whom: it is not a lock of kmb-store')
        .and.not.include('remove');
      expect(stateOf(cwd)).to.deep.equal(before);
    }));
});

describe('a file that is ours by its content', () => {
  for (const purpose of ['journal', ...['new', 'spill', 'sort'].map((name) => `${name}-${HEX}`)])
    for (const [what, bytes] of Object.entries(OURS)) {
      it(`${purpose}, ${what}: the next writer removes it`, () =>
        withStore(async (cwd) => {
          const path = join(cwd, `${STORE}-${purpose}`);
          writeFileSync(path, bytes);
          const read = await runCli(['get', STORE, 'k'], { cwd });
          expect([read.code, read.stdout, read.stderr]).to.deep.equal([0, 'v\n', '']);
          expect(existsSync(path)).to.equal(true);
          expect((await runCli(['put', STORE, 'k', 'w'], { cwd })).code).to.equal(0);
          expect(existsSync(path)).to.equal(false);
        }));
    }

  for (const page of ['2', '0']) {
    it(`is not said to be seen by readers while it is not complete: page ${page}`, () =>
      withStore(async (cwd) => {
        for (const bytes of Object.values(OURS)) {
          writeFileSync(join(cwd, `${STORE}-journal`), bytes);
          const { code, stderr } = await runCli(['dump-page', STORE, page], { cwd });
          expect([code, stderr]).to.deep.equal([0, '']);
        }
        expect((await runCli(['dump-superblock', STORE], { cwd })).stderr).to.equal('');
      }));
  }
});
