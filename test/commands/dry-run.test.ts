/** A dry run says what a replay would do, and does nothing. */
import { expect } from 'chai';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyOf } from '../support/timeline.js';
import { formatLog } from '../support/log-lines.js';
import { runCli } from './support/cli.js';
import { withTempFolder } from './support/temp-folder.js';

interface Result {
  readonly pages: number;
  readonly bytes: number;
  readonly pagesBefore: number;
  readonly seconds: number;
}

/** All that is in a folder, and when it was changed. */
const traces = (folder: string): unknown[] =>
  readdirSync(folder).map((name) => {
    const path = join(folder, name);
    return [name, readFileSync(path).toString('base64'), statSync(path, { bigint: true }).mtimeNs];
  });

describe('replay --dry-run', () => {
  const { batches } = historyOf(950, 80, { smallValues: true, purges: true });

  for (const format of ['1', '2']) {
    it(`says what a replay does then, and leaves no trace (format ${format}, seed 950)`, () =>
      withTempFolder(async (cwd) => {
        const log = join(cwd, 'log.ndjson');
        writeFileSync(log, formatLog(batches));
        const run = async (...flags: string[]): Promise<Result> => {
          const { code, stdout, stderr } = await runCli(
            ['replay', 'store.kmb', log, '--json', '--format', format, ...flags],
            { cwd },
          );
          expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
          return JSON.parse(stdout) as Result;
        };
        for (const to of ['30', '80']) {
          const before = traces(cwd);
          const dry = await run('--to', to, '--dry-run');
          expect(traces(cwd)).to.deep.equal(before);
          const pagesBefore = before.length === 1 ? 0 : readFileSync(join(cwd, 'store.kmb')).length / 4096;
          const { seconds: _, ...done } = await run('--to', to);
          const bytes = readFileSync(join(cwd, 'store.kmb')).length;
          const { seconds: _again, ...said } = dry;
          expect(said).to.deep.equal({ ...done, dryRun: true, pagesBefore, pages: bytes / 4096, bytes });
        }
      }));
  }

  it('is refused by what a replay is refused by, and needs no permission to write', () =>
    withTempFolder(async (cwd) => {
      writeFileSync(join(cwd, 'log.ndjson'), '{"position":1,"ops":[]}\n{"position":3,"ops":[]}\n');
      const { code, stdout, stderr } = await runCli(['replay', 'store.kmb', 'log.ndjson', '--dry-run'], { cwd });
      expect({ code, stdout, stderr }).to.deep.equal({
        code: 4,
        stdout: '',
        stderr: 'kmb-store: line 2: position 3 does not follow position 1\n',
      });
      expect(readdirSync(cwd)).to.deep.equal(['log.ndjson']);
    }));
});
