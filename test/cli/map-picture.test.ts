/** Maps of pages on terminals of all kinds. */
import { expect } from 'chai';
import { Chalk } from 'chalk';
import { stripVTControlCharacters } from 'node:util';
import { lookSteps, MAP_VIEWS, type PageCensus, runSteps } from '../../src/engine/index.js';
import type { Canvas } from '../../src/cli/map/canvas.js';
import { mapLines } from '../../src/cli/map/picture.js';
import { timeLine } from '../../src/cli/history/time-line.js';
import { textWidth } from '../../src/cli/output/text-width.js';
import { ownDamages } from '../support/damage.js';
import { memoryWith, STORE_PATH } from '../support/memory-store.js';
import { writeFormat2 } from '../support/format2-writer.js';
import { everything } from '../support/format2-stores.js';

const censusOf = (bytes: Buffer): PageCensus => runSteps(lookSteps(STORE_PATH, { files: memoryWith(bytes) })).census;

const WIDTHS = [60, 80, 120, 200];
const CANVASES = WIDTHS.flatMap((columns) =>
  [0, 1, 2, 3].flatMap((level) =>
    [false, true].map((unicode): Canvas => {
      const chalk = level === 0 ? undefined : new Chalk({ level: level as 1 | 2 | 3 });
      return { columns, lines: 24, unicode, chalk };
    }),
  ),
);

describe('a map of pages', () => {
  const sound = censusOf(writeFormat2(everything));
  const damaged = censusOf(ownDamages().find(({ name }) => name === 'leaf-bitflip')?.bytes ?? ownDamages()[0]!.bytes);

  it('fits the screen, with a cell for each page and a legend that counts all, however it is drawn', () => {
    for (const canvas of CANVASES) {
      for (const view of MAP_VIEWS) expectPicture(sound, view, canvas);
    }
  });

  it('shows damage in every view', () => {
    for (const canvas of CANVASES) {
      for (const view of MAP_VIEWS) {
        const lines = [...mapLines('s', damaged, view, canvas)].map(stripVTControlCharacters);
        expect(lines.slice(1, 3).join('\n')).to.include('!');
        expect(lines.some((line) => /^! \d+ pages? with damage$/.test(line))).to.equal(true);
        expect(lines.some((line) => /^ {2}page \d+: [a-z-]+, /.test(line))).to.equal(true);
      }
    }
  });

  it('has several pages in a cell where the store is larger than the screen', () => {
    const census = censusOf(Buffer.alloc(4096 * 500));
    const narrow: Canvas = { columns: 20, lines: 9, unicode: false, chalk: undefined };
    const [head, ...rows] = mapLines('s', census, 'kind', narrow);
    expect(head).to.equal('s: 500 pages by kind, a cell 5 pages');
    expect(rows.slice(0, 2)).to.deep.equal([`  0 !${'?'.repeat(15)}`, ` 80 ${'?'.repeat(16)}`]);
  });

  it('has letters where there are no colours, and colours where there are many', () => {
    const plain = [...mapLines('s', sound, 'kind', { ...CANVASES[0]!, unicode: true })].join('\n');
    expect(plain)
      .to.equal(stripVTControlCharacters(plain))
      .and.to.match(/L leaf/);
    const chalk = new Chalk({ level: 3 });
    const coloured = [...mapLines('s', sound, 'kind', { columns: 80, lines: 24, unicode: true, chalk })].join('\n');
    expect(coloured).to.include('\u001b[38;2;86;180;233m█');
  });
});

function expectPicture(census: PageCensus, view: (typeof MAP_VIEWS)[number], canvas: Canvas): void {
  const lines = [...mapLines('s', census, view, canvas)];
  const plain = lines.map(stripVTControlCharacters);
  const what = `${view} at ${canvas.columns}`;
  for (const line of plain) expect(textWidth(line), `${what}: ${line}`).to.be.at.most(canvas.columns);
  if (canvas.chalk === undefined) expect(lines).to.deep.equal(plain);
  if (!canvas.unicode) expect(plain.join(''), what).to.match(/^[ -~]*$/);
  let cells = '';
  for (const line of plain.slice(1)) if (cells.length < census.pages) cells += /^ *\d+ (\S+)/.exec(line)?.[1] ?? '';
  expect(cells, what).to.have.length(census.pages);
  const counts = [...plain.join('\n').matchAll(/ ([\d,]+) +[<>]?\d+ %(?: |$)/gm)].map(([, count]) => Number(count));
  expect(
    counts.reduce((sum, count) => sum + count, 0),
    what,
  ).to.equal(census.pages);
}

describe('a time line', () => {
  const options = { applied: 20n, columns: 26, unicode: false };

  it('says where versions begin and end', () => {
    const versions = [
      { createdAt: 11n, deletedAt: null },
      { createdAt: 6n, deletedAt: 9n },
      { createdAt: 2n, deletedAt: 6n },
    ];
    expect(timeLine(versions, options)).to.equal('1 .*===*==o.*========= 20');
    expect(timeLine(versions, { ...options, unicode: true })).to.equal('1 ·●━━━●━━○·●━━━━━━━━━ 20');
  });

  it('has room in any width', () => {
    for (const columns of [1, 60, 80, 120, 200]) {
      const line = timeLine([{ createdAt: 2n ** 63n, deletedAt: null }], {
        ...options,
        applied: 2n ** 64n - 2n,
        columns,
      });
      expect(line.length).to.be.at.most(Math.max(columns, 34));
    }
  });
});
