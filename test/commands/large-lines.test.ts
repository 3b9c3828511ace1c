import { expect } from 'chai';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { requireBuild, runProcess } from './support/processes.js';
import { withTempFolder } from './support/temp-folder.js';

const MIB = 2 ** 20;

/** Writes a file piece by piece, so that the test needs no memory for it. */
function writePieces(path: string, pieces: Iterable<string>): void {
  const file = openSync(path, 'w');
  for (const piece of pieces) writeSync(file, piece);
  closeSync(file);
}

describe('a very long line of a log', function () {
  this.timeout(60_000);
  before(requireBuild);

  it('of 100 MiB, with a value that the store cannot hold, is refused with its number', () =>
    withTempFolder((cwd) => {
      writePieces(join(cwd, 'log'), [
        '{"position":1,"ops":[{"op":"put","table":1,"key":"a","value":"1"}]}\n',
        '{"position":2,"ops":[{"op":"put","table":1,"key":"b","value":"',
        ...Array.from({ length: 100 }, () => 'x'.repeat(MIB)),
        '"}]}\n{"position":3,"ops":[]}\n',
      ]);
      const { status, stderr } = runProcess(['replay', 'store.kmb', 'log', '--json'], { cwd });
      expect(status).to.equal(4);
      const { error } = JSON.parse(stderr) as { error: object };
      expect(error).to.include({ code: 'VALUE_TOO_LARGE', line: 2, position: 2, appliedPosition: 1 });
      expect(runProcess(['scan', 'store.kmb', '--keys-only', '--table', '1'], { cwd }).stdout).to.equal('a\n');
      return Promise.resolve();
    }));

  it('with one batch of 200,000 operations lands whole, also through the smallest cache', () =>
    withTempFolder((cwd) => {
      const count = 200_000;
      const operations = Array.from({ length: count }, (_, index) => {
        const key = `key-${(index * 7919) % count}`;
        return `${index > 0 ? ',' : ''}{"op":"put","table":1,"key":"${key}","value":"value-${index}"}`;
      });
      writePieces(join(cwd, 'log'), ['{"position":1,"ops":[', ...operations, ']}\n']);
      const { status, stdout } = runProcess(['replay', 'store.kmb', 'log', '--json', '--cache', '128KiB'], { cwd });
      expect({ status, ...(JSON.parse(stdout) as object) }).to.include({ status: 0, applied: 1, operations: count });
      expect(runProcess(['count', 'store.kmb', '--table', '1'], { cwd }).stdout).to.equal(`${count}\n`);
      expect(runProcess(['count', 'store.kmb', '--table', '1', '--at', '0'], { cwd }).stdout).to.equal('0\n');
      return Promise.resolve();
    }));
});
