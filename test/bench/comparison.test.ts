/** The arithmetic and the drawing of bench/: what it says of the peers must be right. */
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

interface Result {
  readonly seconds: number;
}
interface Limit {
  readonly atMost?: number;
  readonly atLeast?: number;
}
interface Comparison {
  readonly compare: (ours: Result[], theirs: Result[], of: (result: Result) => number) => Record<string, number>;
  readonly isMet: (value: number, limit: Limit) => boolean | undefined;
}
interface Chart {
  readonly escapeXml: (text: string) => string;
  readonly makeChart: (rows: readonly object[], title: string) => string;
}
interface Programs {
  readonly timeProgram: (program: string, args: string[], output?: string) => Result;
}

const moduleOf = async <Module>(name: string): Promise<Module> =>
  (await import(new URL(`../../bench/${name}`, import.meta.url).href)) as Module;

const timesOf = (...times: number[]): Result[] => times.map((seconds) => ({ seconds }));

describe('a comparison of the bench', () => {
  it('is the median of the ratios round by round, with the lowest and the highest', async () => {
    const { compare } = await moduleOf<Comparison>('lib/comparison.js');
    const compared = compare(timesOf(2, 30, 4), timesOf(1, 10, 4), ({ seconds }) => seconds);
    expect(compared).to.deep.equal({ ours: 4, theirs: 4, ratio: 2, low: 1, high: 3 });
  });

  it('needs as many results of both', async () => {
    const { compare } = await moduleOf<Comparison>('lib/comparison.js');
    expect(() => compare(timesOf(1), timesOf(1, 2), ({ seconds }) => seconds)).to.throw('as many results');
  });

  it('is within a limit, or not, or has none', async () => {
    const { isMet } = await moduleOf<Comparison>('lib/comparison.js');
    expect([isMet(1.3, { atMost: 1.3 }), isMet(1.31, { atMost: 1.3 })]).to.deep.equal([true, false]);
    expect([isMet(2, { atLeast: 2 }), isMet(1.9, { atLeast: 2 })]).to.deep.equal([true, false]);
    expect(isMet(5, {})).to.equal(undefined);
  });
});

describe('the chart of the bench', () => {
  it('escapes what XML gives a meaning, and control characters', async () => {
    const { escapeXml } = await moduleOf<Chart>('lib/chart.js');
    expect(escapeXml(`a<b & "c" 'd'>\u0007`)).to.equal('a&lt;b &amp; &quot;c&quot; &apos;d&apos;&gt;\uFFFD');
  });

  it('has a bar for each ratio, and none for a single figure', async () => {
    const { makeChart } = await moduleOf<Chart>('lib/chart.js');
    const bar = { work: 'scan', peer: 'a<b', unit: 's', ratio: 2, low: 1, high: 400, atMost: 1.3, met: false };
    const svg = makeChart([bar, { work: 'memory', unit: 'MB', value: 3, low: 3, high: 3 }], 'x & y');
    expect(svg)
      .to.match(/^<svg [^>]*>\n<title>x &amp; y<\/title>/)
      .and.contain('scan / a&lt;b (s)')
      .and.contain('≤ 1.3');
    expect(svg).not.to.contain('memory').and.not.to.contain('NaN');
  });
});

describe('a program that the bench runs', () => {
  it('never writes over or removes a file that is there', async () => {
    const { timeProgram } = await moduleOf<Programs>('peers/programs.js');
    const folder = mkdtempSync(path.join(tmpdir(), 'bench-'));
    try {
      const file = path.join(folder, 'there');
      writeFileSync(file, 'kept');
      expect(() => timeProgram(process.execPath, ['--version'], file)).to.throw('EEXIST');
      expect(readFileSync(file, 'utf8')).to.equal('kept');
      expect(timeProgram(process.execPath, ['--version'], path.join(folder, 'new')).seconds).to.be.above(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
