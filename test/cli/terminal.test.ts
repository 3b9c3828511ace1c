import { expect } from 'chai';
import { colourLevel } from '../../src/cli/output/colour.js';
import { fitWidths } from '../../src/cli/output/column-widths.js';
import { replayProgress, replayText } from '../../src/cli/output/replay-progress.js';
import { closest, closestOrBeginning } from '../../src/cli/suggest.js';
import { FakeOutput } from '../commands/support/fake-output.js';

const terminal = new FakeOutput(80);
const pipe = new FakeOutput();

describe('colours', () => {
  for (const [what, stream, env, noColor, level] of [
    ['on a terminal', terminal, {}, false, 1],
    ['in a pipe', pipe, {}, false, 0],
    ['with --no-color', terminal, {}, true, 0],
    ['with --no-color and FORCE_COLOR', terminal, { FORCE_COLOR: '1' }, true, 0],
    ['with NO_COLOR', terminal, { NO_COLOR: '1' }, false, 0],
    ['with an empty NO_COLOR', terminal, { NO_COLOR: '' }, false, 1],
    ['with TERM=dumb', terminal, { TERM: 'dumb' }, false, 0],
    ['with FORCE_COLOR in a pipe', pipe, { FORCE_COLOR: '1' }, false, 1],
    ['with an empty FORCE_COLOR in a pipe', pipe, { FORCE_COLOR: '' }, false, 1],
    ['with FORCE_COLOR=3 in a pipe', pipe, { FORCE_COLOR: '3' }, false, 3],
    ['with FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false, 0],
    ['with FORCE_COLOR and TERM=dumb', terminal, { FORCE_COLOR: '1', TERM: 'dumb' }, false, 1],
    ['with FORCE_COLOR and NO_COLOR', terminal, { FORCE_COLOR: '1', NO_COLOR: '1' }, false, 1],
  ] as const) {
    it(`level ${level} ${what}`, () => {
      expect(colourLevel(stream, env, noColor)).to.equal(level);
    });
  }
});

describe('column widths', () => {
  for (const { widths, screen, fitted } of [
    { widths: [3, 10], screen: 80, fitted: [3, 10] },
    { widths: [3, 100], screen: 40, fitted: [3, 35] },
    { widths: [60, 100], screen: 82, fitted: [40, 40] },
    { widths: [1, 50, 100], screen: 25, fitted: [1, 10, 10] },
    { widths: [50, 50], screen: 1, fitted: [4, 4] },
    { widths: [], screen: 80, fitted: [] },
  ]) {
    it(`${widths.join(' + ')} on ${screen} becomes ${fitted.join(' + ')}`, () => {
      expect(fitWidths(widths, screen)).to.deep.equal(fitted);
    });
  }
});

describe('the progress of a replay', () => {
  const summary = { applied: 1200, skipped: 0, operations: 345_000, fromPosition: 1n, toPosition: 1201n };

  it('says how far it is', () => {
    const state = { summary, uncommittedOperations: 0, seconds: 2, fraction: 0.25 };
    expect(replayProgress(state)).to.equal('position 1201, 1,200 batches, 172,500 operations/s, 25 %, 6 s left');
    const skipping = { ...state, summary: { ...summary, skipped: 5 }, seconds: 600, fraction: 0.5 };
    expect(replayProgress(skipping)).to.match(/, 5 skipped, .*, 50 %, 10 min 0 s left$/);
    expect(replayProgress({ ...state, seconds: 0, fraction: undefined })).to.match(/, 0 operations\/s$/);
  });

  it('does not count batches while the first group is gathered, nor what there is none of', () => {
    const empty = { ...summary, applied: 0, operations: 0, toPosition: 0n };
    const state = { summary: empty, uncommittedOperations: 0, seconds: 2, fraction: undefined };
    expect(replayProgress(state)).to.equal('position 0, reading');
    expect(replayProgress({ ...state, uncommittedOperations: 1500 })).to.equal(
      'position 0, 1,500 operations gathered, 750 operations/s',
    );
  });

  it('fits 80 columns beside the spinner', () => {
    const much = { applied: 1e9, skipped: 1e9, operations: 1e12, fromPosition: 1n, toPosition: 2n ** 63n };
    const text = replayProgress({ summary: much, uncommittedOperations: 1e9, seconds: 5e5, fraction: 0.25 });
    expect(text.length).to.be.at.most(76);
    expect(text).to.match(/25 %, 25000 min 0 s left$/);
  });

  it('ends with what was done', () => {
    expect(replayText({ ...summary, applied: 1, operations: 1 }, 0.5)).to.equal(
      'applied 1 batch with 1 operation, skipped 0, from position 1 to 1201 in 0.50 s',
    );
  });
});

describe('suggestions', () => {
  for (const [word, suggestion] of [
    ['--tabel', '--table'],
    ['--tables', '--table'],
    ['--jsno', '--json'],
    ['--colour', undefined],
    ['-k', undefined],
    ['-t', undefined],
    ['--to', undefined],
    ['--quiet', undefined],
    ['-json', '--json'],
    ['--JSON', '--json'],
    ['--no-colour', '--no-color'],
    ['--', undefined],
  ] as const) {
    it(`${word}: ${suggestion ?? 'none'}`, () => {
      const flags = ['--json', '--table', '--cache', '--no-color', '--at', '--quick'];
      expect(closest(word, flags)).to.equal(suggestion);
    });
  }

  for (const [word, suggestions] of [
    ['gte', ['get']],
    ['GET', ['get']],
    ['verify', ['verify-pages']],
    ['dump', ['dump-page', 'dump-superblock']],
    ['ls', []],
    ['ge', ['get']],
    ['', []],
  ] as const) {
    it(`the command ${word}: ${suggestions.join(', ') || 'none'}`, () => {
      const commands = ['get', 'put', 'scan', 'dump-page', 'dump-superblock', 'verify-pages'];
      expect(closestOrBeginning(word, commands)).to.deep.equal(suggestions);
    });
  }
});
