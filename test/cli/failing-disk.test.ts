/** How a command ends on a disk that fails: with the failure that struck, not with what follows from it. */
import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { BTreeStore, StoreError } from '../../src/engine/index.js';
import { Progress } from '../../src/cli/output/progress.js';
import { replayInput } from '../../src/cli/store/replay-input.js';
import { runCli } from '../commands/support/cli.js';
import { withTempFolder } from '../commands/support/temp-folder.js';
import { injectFault, MemoryFiles } from '../support/memory-files.js';
import { newStore } from '../support/memory-store.js';

const lineAt = (position: number): string =>
  `{"position":${position},"ops":[{"op":"put","table":1,"key":"k${position}","value":"v"}]}\n`;

async function failureOf(store: BTreeStore, log: string): Promise<StoreError> {
  const input = {
    name: 'log',
    size: log.length,
    chunks: () => Readable.from([Buffer.from(log)]),
  };
  const progress = new Progress({ json: true, noColor: true });
  try {
    await replayInput(store, input, { to: undefined, progress });
  } catch (error) {
    return error as StoreError;
  }
  throw new Error('nothing was thrown');
}

describe('a replay that cannot commit what came before a bad line', () => {
  it('says what the disk said, where, and whether the commit stands', async () => {
    const files = new MemoryFiles();
    const store = newStore(files);
    injectFault(files, { kinds: ['write'], nth: 1, forEver: true, errno: 'ENOSPC' });
    const error = await failureOf(store, `${lineAt(1)}${lineAt(2)}{}\n`);
    store.close();
    expect(error.message).to.include('ENOSPC');
    expect(error.code).to.equal('IO_ERROR');
    expect(error.facts).to.deep.include({ errno: 'ENOSPC', outcome: 'not committed', line: 1, appliedPosition: 0n });
  });
});

describe('a command on a disk that fails again when the store is closed', () => {
  it('says what went wrong first', () =>
    withTempFolder(async (cwd) => {
      await runCli(['put', 's.kmb', 'k', 'v'], { cwd });
      const { BTreeStore, StoreError: EngineError } = await import('../../src/engine/index.js');
      const close: (this: unknown) => void = Reflect.get(BTreeStore.prototype, 'close');
      BTreeStore.prototype.close = function () {
        const isFirst = readdirSync(cwd).includes('s.kmb-lock');
        close.call(this);
        if (isFirst) throw new EngineError('IO_ERROR', 'the lock cannot be removed');
      };
      try {
        const { code, stderr } = await runCli(['put', 's.kmb', 'k', 'w', '--position', '7'], { cwd });
        expect([code, stderr]).to.deep.equal([4, 'kmb-store: the next position is 2, not 7\n']);
        expect((await runCli(['put', 's.kmb', 'k', 'w'], { cwd })).code, 'nothing went wrong before').to.equal(6);
      } finally {
        BTreeStore.prototype.close = close;
      }
    }));
});
