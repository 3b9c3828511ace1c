/**
 * Writers that are killed, and a disk that is full: real processes on a real file system. `npm run kill` kills many
 * more.
 */
import { expect } from 'chai';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type FormatNumber, FORMATS, structureProblems } from '../support/any-format.js';
import { requireBuild, runProcess, runShell } from '../commands/support/processes.js';
import { withTempFolder } from '../commands/support/temp-folder.js';
import { KillHarness } from '../support/kill-harness.js';
import { ReaderHarness } from '../support/reader-harness.js';

const WRITER = fileURLToPath(new URL('../support/writer-child.js', import.meta.url));

const logLines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => {
    const key = `row:${(from + index).toString().padStart(6, '0')}`;
    const ops = JSON.stringify([{ op: 'put', table: 1, key, value: 'v'.repeat(200) }]);
    return `{"position":${from + index + 1},"ops":${ops}}\n`;
  }).join('');

const valueLine = (row: number, bytes: number): string =>
  `{"position":${row + 1},"ops":[{"op":"put","table":1,"key":"long","value":"${'v'.repeat(bytes)}"}]}\n`;

/** What is replayed on a disk without room, each after 1,000 batches. */
const LOGS: Readonly<Record<FormatNumber, Readonly<Record<string, () => string>>>> = {
  1: { 'a commit': () => logLines(1000, 2000) },
  2: { 'a commit': () => logLines(1000, 2000), 'a long value': () => valueLine(1000, 500_000) },
};

for (const format of FORMATS) {
  describe(`on a real disk, format ${format},`, function () {
    this.timeout(120_000);
    let folder = '';

    before(requireBuild);
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'kmb-store-kill-'));
    });
    afterEach(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    it('writers that are killed leave whole commits to readers and to the next writer (seed 21)', async () => {
      const { struck, reads, violations } = await new KillHarness(21, format).run(folder, 5);
      expect(violations).to.deep.equal([]);
      expect(struck).to.be.greaterThan(0);
      expect(reads).to.be.greaterThan(0);
    });

    // A check beside a busy writer may give up: with three writers enough of them come to their end.
    it('commands that read beside a writer see one commit, and verify-pages finds nothing (seed 22)', async () => {
      const { scans, checks, violations } = await new ReaderHarness(folder, 22, format).run(2, 3);
      expect(violations).to.deep.equal([]);
      expect(scans + checks).to.be.greaterThan(4);
    });

    it('a limit on the size of files is told as such, changes nothing, and is over when it is', () => {
      fill(folder, 1000, 0, format);
      const before = readFileSync(join(folder, 's.kmb'));
      writeFileSync(join(folder, 'log'), logLines(1000, 2000));
      // In blocks of 1,024 bytes.
      const limit = Math.ceil(before.length / 1024) + 20;
      const { status, stderr } = runShell(`ulimit -f ${limit}; kmb-store replay s.kmb log --cache 128KiB`, {
        cwd: folder,
      });
      expect(status).to.equal(6);
      expect(stderr).to.match(/^kmb-store: [^\n]*EFBIG/);
      expect(readFileSync(join(folder, 's.kmb')).equals(before)).to.equal(true);
      expect(readdirSync(folder).sort()).to.deep.equal(['log', 's.kmb']);
      expectGoesOn(folder);
    });

    for (const [what, log] of Object.entries(LOGS[format])) {
      it(`a disk that is full in the middle of ${what} is told as such, changes nothing, and is over when there is room`, function () {
        const disk = join(folder, 'disk');
        if (!mountSmallDisk(disk)) this.skip();
        try {
          fill(disk, 1000, 0, format);
          const before = readFileSync(join(disk, 's.kmb'));
          writeFileSync(join(disk, 'log'), log());
          spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'ballast')}`, 'bs=4096']);
          // Room for a lock file, and for a part of the commit.
          truncateSync(join(disk, 'ballast'), statSync(join(disk, 'ballast')).size - 64 * 1024);
          const { status, stderr } = runProcess(['replay', 's.kmb', 'log', '--cache', '128KiB'], { cwd: disk });
          expect(status).to.equal(6);
          expect(stderr).to.match(/^kmb-store: [^\n]*ENOSPC/);
          expect(readFileSync(join(disk, 's.kmb')).equals(before)).to.equal(true);
          expect(readdirSync(disk).sort()).to.deep.equal(['ballast', 'log', 's.kmb']);
          rmSync(join(disk, 'ballast'));
          expectGoesOn(disk);
        } finally {
          execFileSync('umount', [disk]);
        }
      });
    }
  });
}

describe('a writer that is killed in the middle of a long value', function () {
  this.timeout(120_000);

  before(requireBuild);

  it('leaves the store as it was; the next one cuts off what there is of the value, and writes it', async () => {
    await withTempFolder(async (folder) => {
      const [store, log] = [join(folder, 's.kmb'), join(folder, 'log')];
      fill(folder, 100, 0, 2);
      const before = readFileSync(store);
      writeFileSync(log, valueLine(100, 20_000_000));
      let struck = 0;
      for (let attempt = 0; attempt < 20 && struck < 2; attempt += 1) {
        await killWhenLonger(store, log, before.length + 1_000_000 * (1 + (attempt % 10)));
        const after = readFileSync(store);
        if (after.length <= before.length || existsSync(`${store}-journal`)) break;
        struck += 1;
        expect(after.subarray(0, before.length).equals(before)).to.equal(true);
        expect(runProcess(['count', 's.kmb'], { cwd: folder }).stdout).to.equal('100\n');
        expect(runProcess(['recover', 's.kmb'], { cwd: folder }).stdout).to.match(/cut off/);
        expect(readFileSync(store).equals(before)).to.equal(true);
      }
      expect(struck, 'writers that were killed in the middle').to.be.greaterThan(0);
      expect(runProcess(['replay', 's.kmb', 'log'], { cwd: folder }).status).to.equal(0);
      expect(structureProblems(readFileSync(store))).to.deep.equal([]);
    });
  });
});

async function killWhenLonger(store: string, log: string, bytes: number): Promise<void> {
  const writer = spawn(process.execPath, [WRITER, store, log, '2'], { stdio: 'ignore' });
  const closed = once(writer, 'close');
  while (writer.exitCode === null && statSync(store).size < bytes) await setTimeout(0);
  writer.kill('SIGKILL');
  await closed;
}

function fill(cwd: string, rows: number, from: number, format: FormatNumber): void {
  const input = logLines(from, from + rows);
  expect(runProcess(['replay', 's.kmb', '-', '--format', `${format}`], { cwd, input }).status).to.equal(0);
}

function expectGoesOn(cwd: string): void {
  const batches = readFileSync(join(cwd, 'log')).toString().split('\n').length - 1;
  expect(runProcess(['replay', 's.kmb', 'log'], { cwd }).status).to.equal(0);
  expect(runProcess(['count', 's.kmb'], { cwd }).stdout).to.equal(`${1000 + batches}\n`);
  expect(structureProblems(readFileSync(join(cwd, 's.kmb')))).to.deep.equal([]);
}

/** A disk of 2 MiB, where we may make one. */
function mountSmallDisk(path: string): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  execFileSync('mkdir', [path]);
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', path]).status === 0;
}
