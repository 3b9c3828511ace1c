/**
 * Writers that are killed, and a disk that is full: real processes on a real file system. `npm run kill` kills many
 * more.
 */
import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireBuild, runProcess, runShell } from '../commands/support/processes.js';
import { KillHarness } from '../support/kill-harness.js';
import { ReaderHarness } from '../support/reader-harness.js';
import { checkStructure, OWN_FILES } from '../support/structure-check.js';

describe('on a real disk', function () {
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
    const { struck, reads, violations } = await new KillHarness(21).run(folder, 10);
    expect(violations).to.deep.equal([]);
    expect(struck).to.be.greaterThan(3);
    expect(reads).to.be.greaterThan(3);
  });

  it('commands that read beside a writer see one commit, and verify-pages finds nothing (seed 22)', async () => {
    const { scans, checks, violations } = await new ReaderHarness(folder, 22).run(2, 3);
    expect(violations).to.deep.equal([]);
    expect(scans + checks).to.be.greaterThan(8);
  });

  it('a limit on the size of files is told as such, changes nothing, and is over when it is', () => {
    fill(folder, 1000, 0);
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

  it('a full disk is told as such, changes nothing, and is over when there is room', function () {
    const disk = join(folder, 'disk');
    if (!mountSmallDisk(disk)) this.skip();
    try {
      fill(disk, 1000, 0);
      const before = readFileSync(join(disk, 's.kmb'));
      writeFileSync(join(disk, 'log'), logLines(1000, 2000));
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
});

const logLines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => {
    const key = `row:${(from + index).toString().padStart(6, '0')}`;
    const ops = JSON.stringify([{ op: 'put', table: 1, key, value: 'v'.repeat(200) }]);
    return `{"position":${from + index + 1},"ops":${ops}}\n`;
  }).join('');

function fill(cwd: string, rows: number, from: number): void {
  const input = logLines(from, from + rows);
  expect(runProcess(['replay', 's.kmb', '-'], { cwd, input }).status).to.equal(0);
}

function expectGoesOn(cwd: string): void {
  expect(runProcess(['replay', 's.kmb', 'log'], { cwd }).stdout).to.match(/^applied 1,000 batches/);
  expect(runProcess(['count', 's.kmb'], { cwd }).stdout).to.equal('2000\n');
  expect(checkStructure(readFileSync(join(cwd, 's.kmb')), OWN_FILES)).to.deep.equal([]);
}

/** A disk of 2 MiB, where we may make one. */
function mountSmallDisk(path: string): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  execFileSync('mkdir', [path]);
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', path]).status === 0;
}
