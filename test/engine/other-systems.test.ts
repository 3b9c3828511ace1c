/** Systems that the tests do not run on: no /proc (macOS, BSD), no sync of directories (Windows). */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { isProvenDead } from '../../src/engine/lock/lock-file.js';
import { processTable } from '../../src/engine/file/processes.js';
import { syncDirectory } from '../../src/engine/file/sync-directory.js';
import { BTreeStore, nodeFiles, WriteBatch } from '../../src/engine/index.js';
import { makeTempFolder, removeFolder } from '../commands/support/temp-folder.js';

const NO_PROC = '/no-proc-here';
const lstart = (day: number): string => `Ss   Mon Jan  ${day} 10:00:00 2024\n`;

const ownerOf = (table: ReturnType<typeof processTable>) => ({
  ...table.self(),
  ...table.kernel(),
  id: '0123456789ab',
  since: '2024-01-01T00:00:00.000Z',
});

describe('a system without /proc', () => {
  it('tells when a process started, by ps', () => {
    const table = processTable({ proc: NO_PROC, ps: () => lstart(1) });
    expect(table.self()).to.include({ started: 'Mon Jan 1 10:00:00 2024', boot: null, namespace: null });
    expect(table.find(process.pid)).to.deep.equal({ started: 'Mon Jan 1 10:00:00 2024' });
    expect(isProvenDead(ownerOf(table), table)).to.equal(false);
  });

  it('has started again when the holder of a lock is dead and another process has its pid', () => {
    const owner = ownerOf(processTable({ proc: NO_PROC, ps: () => lstart(1) }));
    expect(isProvenDead(owner, processTable({ proc: NO_PROC, ps: () => lstart(2) }))).to.equal(true);
  });

  it('takes nobody for dead when ps cannot be asked', () => {
    const silent = processTable({
      proc: NO_PROC,
      ps: () => {
        throw new Error('no ps');
      },
    });
    expect(silent.self().started).to.equal(null);
    expect(isProvenDead(ownerOf(processTable({ proc: NO_PROC, ps: () => lstart(1) })), silent)).to.equal(false);
  });

  it('does not take a process for running that waits for its parent', () => {
    expect(processTable({ proc: NO_PROC, ps: () => lstart(1).replace('Ss', 'Z+') }).find(process.pid)).to.equal(
      undefined,
    );
  });

  it('asks the ps that is there', function () {
    if (spawnSync('ps', ['-p', '1']).status !== 0) this.skip();
    const { started } = processTable({ proc: NO_PROC }).self();
    expect(Math.abs(Date.parse(`${started} UTC`) - (Date.now() - process.uptime() * 1000))).to.be.below(5000);
    expect(processTable({ proc: NO_PROC }).self().started).to.equal(started);
  });
});

/** A failure as node:fs throws it. */
const failure = (code: string): Error => Object.assign(new Error(code), { code });

describe('a system that cannot sync directories', () => {
  const refusing = (code: string, platform: NodeJS.Platform) => ({
    openSync: () => {
      throw failure(code);
    },
    fsyncSync: () => {},
    closeSync: () => {},
    platform,
  });

  for (const code of ['EPERM', 'EISDIR', 'EACCES']) {
    it(`goes on after ${code} on Windows, and nowhere else`, () => {
      expect(() => {
        syncDirectory('folder', refusing(code, 'win32'));
      }).to.not.throw();
      expect(() => {
        syncDirectory('folder', refusing(code, 'linux'));
      }).to.throw(code);
    });
  }

  it('does not pass over a disk that fails, and closes what it has opened', () => {
    const closed: number[] = [];
    const calls = {
      openSync: () => 7,
      fsyncSync: () => {
        throw failure('EIO');
      },
      closeSync: (descriptor: number) => void closed.push(descriptor),
      platform: 'win32' as const,
    };
    expect(() => {
      syncDirectory('folder', calls);
    }).to.throw('EIO');
    expect(closed).to.deep.equal([7]);
  });

  it('commits all the same', () => {
    const folder = makeTempFolder();
    const files = {
      ...nodeFiles,
      syncDirectory: () => {
        syncDirectory(folder, refusing('EPERM', 'win32'));
      },
    };
    try {
      const store = BTreeStore.open(`${folder}/store.kmb`, { create: true, files });
      store.apply(new WriteBatch(1n).put(1n, 'key', 'value'));
      store.sync();
      store.close();
      using reader = BTreeStore.open(`${folder}/store.kmb`, { readOnly: true });
      expect(reader.appliedPosition).to.equal(1n);
    } finally {
      removeFolder(folder);
    }
  });
});
