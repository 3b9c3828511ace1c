import { expect } from 'chai';
import { Writable } from 'node:stream';
import { ReaderGoneError } from '../../src/cli/cli-error.js';
import { Output } from '../../src/cli/output/output.js';
import { jsonLines, separatedLines, type RowView } from '../../src/cli/output/row-view.js';
import { writeRows } from '../../src/cli/output/row-writer.js';

const NUMBERS: RowView<number> = {
  columns: [
    { name: 'N', text: String },
    { name: 'SQUARE', text: (row) => String(row * row) },
  ],
  json: (row) => `{"n":${row}}`,
};

/** A reader that takes its time for every chunk. */
class SlowReader extends Writable {
  text = '';
  chunks = 0;
  waiting = 0;
  waitingMax = 0;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks += 1;
    this.waitingMax = Math.max(this.waitingMax, this.writableLength);
    setTimeout(() => {
      this.text += chunk.toString();
      done();
    }, 2);
  }
}

/** A reader that fails at its n-th chunk. */
class FailingReader extends Writable {
  chunks = 0;

  constructor(
    private readonly failAt: number,
    private readonly code: string,
  ) {
    super();
  }

  override _write(_chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.chunks += 1;
    done(
      this.chunks >= this.failAt ? Object.assign(new Error(`${this.code}: failed`), { code: this.code }) : undefined,
    );
  }
}

function* count(to: number, step: () => void = () => undefined): Generator<number> {
  for (let row = 0; row < to; row += 1) {
    step();
    yield row;
  }
}

describe('the row writer', () => {
  it('has written everything when it is done, in chunks of which only one waits', async () => {
    const reader = new SlowReader();
    await writeRows(count(50_000), separatedLines(NUMBERS), new Output(reader));
    expect(reader.text.split('\n')).to.have.length(50_001);
    expect(reader.text).to.match(/\n49999\t2499900001\n$/);
    expect(reader.chunks).to.be.within(5, 20);
    expect(reader.waitingMax).to.be.below(2 * 64 * 1024);
  });

  it('stops at the first closed pipe', async () => {
    const reader = new FailingReader(2, 'EPIPE');
    let rows = 0;
    const rowsToCome = count(1_000_000, () => (rows += 1));
    const error = await writeRows(rowsToCome, jsonLines(NUMBERS), new Output(reader)).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(ReaderGoneError);
    expect(reader.chunks).to.equal(2);
    expect(rows).to.be.below(20_000);
  });

  it('hands on any other error of the output', async () => {
    const writing = writeRows(count(10), jsonLines(NUMBERS), new Output(new FailingReader(1, 'ENOSPC')));
    const error = await writing.catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Error).with.property('code', 'ENOSPC');
  });

  it('writes the rows before an error', async () => {
    const reader = new SlowReader();
    const rows = count(10, () => {
      if (rows5-- === 0) throw new Error('page 7 is damaged');
    });
    let rows5 = 5;
    const error = await writeRows(rows, jsonLines(NUMBERS), new Output(reader)).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Error).with.property('message', 'page 7 is damaged');
    expect(reader.text.split('\n')).to.have.length(6);
  });

  it('ends rows with NUL where that is asked for', async () => {
    const reader = new SlowReader();
    await writeRows(count(2), separatedLines(NUMBERS, '\0'), new Output(reader));
    expect(reader.text).to.equal('0\t0\x001\t1\x00');
  });

  it('serves the event loop at least every 50 ms', async () => {
    const reader = new SlowReader();
    let longestPause = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longestPause = Math.max(longestPause, performance.now() - last);
      last = performance.now();
    }, 1);
    await writeRows(
      count(30, () => void spin(10)),
      jsonLines(NUMBERS),
      new Output(reader),
    );
    clearInterval(timer);
    expect(longestPause).to.be.within(5, 150);
  });
});

function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}
