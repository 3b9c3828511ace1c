/**
 * A scan that meets a damaged page names the key to go on from, and the command that its hint gives finds all other
 * rows.
 */
import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGE_SIZE } from '../../src/engine/index.js';
import { resealPage } from '../support/format1-writer.js';
import { runCli } from './support/cli.js';
import { makeTempFolder, removeFolder } from './support/temp-folder.js';

const ROWS = 300;
/** The first page after the superblock and its copy. */
const FIRST_PAGE = 2;
const LEAF_PAGE = FIRST_PAGE;

describe('scan past damage', function () {
  this.timeout(60_000);
  let cwd: string;
  let sound: Buffer;
  let keys: string[];

  before(async () => {
    cwd = makeTempFolder();
    const ops = Array.from({ length: ROWS }, (_, index) => {
      const key = `${'k'.repeat(400)}:${index.toString().padStart(4, '0')}`;
      return `{"op":"put","table":7,"key":"${key}","value":"v"}`;
    });
    await runCli(['replay', 's.kmb', '-'], { cwd, stdin: `{"position":1,"ops":[${ops.join(',')}]}\n` });
    sound = readFileSync(join(cwd, 's.kmb'));
    keys = await scanKeys('scan s.kmb --table 7');
  });

  after(() => {
    removeFolder(cwd);
  });

  async function scan(line: string) {
    const outcome = await runCli([...line.split(' '), '--keys-only'], { cwd });
    return { ...outcome, keys: outcome.stdout.split('\n').slice(0, -1) };
  }

  const scanKeys = async (line: string) => (await scan(line)).keys;

  const damage = (change: (store: Buffer) => void): void => {
    const bytes = Buffer.from(sound);
    change(bytes);
    writeFileSync(join(cwd, 's.kmb'), bytes);
  };

  /** All rows that a scan, and the scans that the hints give, print. */
  async function keysOnTheWay(first: string): Promise<{ found: string[]; scans: number }> {
    const found: string[] = [];
    let line: string | undefined = first;
    let scans = 0;
    for (; line !== undefined && scans < 5; scans += 1) {
      const outcome = await scan(line);
      found.push(...outcome.keys);
      line = outcome.code === 0 ? undefined : /hint: kmb-store (scan [^;]*) goes on/.exec(outcome.stderr)?.[1];
    }
    return { found, scans };
  }

  it('goes on behind each page that can be damaged', async () => {
    const pageCount = sound.length / PAGE_SIZE;
    let ways = 0;
    for (let page = FIRST_PAGE; page < pageCount; page += 1) {
      damage((store) => (store[page * PAGE_SIZE + 3000] = (store[page * PAGE_SIZE + 3000] ?? 0) ^ 1));
      const { found, scans } = await keysOnTheWay('scan s.kmb --table 7');
      const lost = keys.filter((key) => !found.includes(key));
      expect(new Set(found).size, `page ${page}: no row twice`).to.equal(found.length);
      expect(lost.length, `page ${page}`).to.be.greaterThan(0);
      for (const key of [lost[0] ?? '', lost.at(-1) ?? '']) {
        expect((await runCli(['get', 's.kmb', key, '--table', '7'], { cwd })).code).to.equal(3);
      }
      if (scans > 1) ways += 1;
    }
    // Without one are the root and the pages at the right edge.
    expect(ways).to.equal(pageCount - FIRST_PAGE - 3);
  });

  it('goes on behind a pointer to a page that is not there, and a page of the wrong kind', async () => {
    const root = Number(/^7\t(\d+)\t3$/m.exec((await runCli(['tables', 's.kmb'], { cwd })).stdout)?.[1]);
    const dumped = await runCli(['dump-page', 's.kmb', String(root), '--json'], { cwd });
    const { items } = JSON.parse(dumped.stdout) as { items: { offset: number; size: number }[] };
    const { offset, size } = items[1] ?? { offset: 0, size: 0 };
    for (const child of [9999n, BigInt(LEAF_PAGE)]) {
      damage((store) => {
        store.writeBigUInt64LE(child, root * PAGE_SIZE + offset + size - 8);
        resealPage(store, root);
      });
      const first = await scan('scan s.kmb --table 7');
      expect(first.code).to.equal(3);
      const { found } = await keysOnTheWay('scan s.kmb --table 7');
      expect(found.length).to.be.greaterThan(first.keys.length);
    }
  });

  it('with --skip-damaged finds all of them at once, names what it left out, and ends with 3', async () => {
    const pageCount = sound.length / PAGE_SIZE;
    for (const page of [LEAF_PAGE, Math.floor(pageCount / 2), pageCount - 4]) {
      damage((store) => (store[page * PAGE_SIZE + 3000] = (store[page * PAGE_SIZE + 3000] ?? 0) ^ 1));
      const { found } = await keysOnTheWay('scan s.kmb --table 7');
      const once = await scan('scan s.kmb --table 7 --skip-damaged');
      expect(once.keys).to.deep.equal(found);
      expect(once.code).to.equal(3);
      expect(once.stderr).to.match(/note: left out of table 7: keys (from|below) .*page \d+ is damaged/);
      expect(once.stderr).to.contain('verify-pages s.kmb says');
    }
    writeFileSync(join(cwd, 's.kmb'), sound);
    const whole = await scan('scan s.kmb --table 7 --skip-damaged');
    expect([whole.code, whole.stderr, whole.keys]).to.deep.equal([0, '', keys]);
  });

  it('backwards names the key that ends what is before the damage', async () => {
    const middle = Math.floor(sound.length / PAGE_SIZE / 2);
    damage((store) => (store[middle * PAGE_SIZE + 3000] = (store[middle * PAGE_SIZE + 3000] ?? 0) ^ 1));
    const back = await scan('scan s.kmb --table 7 --reverse');
    expect(back.code).to.equal(3);
    const way = /hint: kmb-store (scan .* --to \S+) prints the rows before/.exec(back.stderr)?.[1] ?? '';
    const before = await scan(way);
    expect(before.code).to.equal(0);
    const lost = keys.length - back.keys.length - before.keys.length;
    expect(lost).to.be.within(1, 20);
  });

  it('says nothing where the range ends before the other side, and gives the key as a fact', async () => {
    const offset = FIRST_PAGE * PAGE_SIZE + 3000;
    damage((store) => (store[offset] = (store[offset] ?? 0) ^ 1));
    const { stderr } = await runCli(['scan', 's.kmb', '--table', '7', '--json'], { cwd });
    const { error } = JSON.parse(stderr) as { error: { nextKeyHex: string; table: number } };
    expect(error.table).to.equal(7);
    const next = Buffer.from(error.nextKeyHex, 'hex').toString();
    const inside = await runCli(['scan', 's.kmb', '--table', '7', '--to', next, '--json'], { cwd });
    expect(inside.code).to.equal(3);
    expect(inside.stderr).to.not.contain('nextKeyHex');
  });
});
