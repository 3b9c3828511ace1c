/** The report in a real browser: it loads nothing, runs nothing of the store's, and everything in it can be reached. */
import { expect } from 'chai';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { runCli } from './support/cli.js';
import { makeTempFolder, removeFolder } from './support/temp-folder.js';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const browserPath = [process.env['KMB_BROWSER'], ...BROWSERS].find((path) => path !== undefined && existsSync(path));

const EVIL = '<script>window.evil = 1</script><img src=x onerror="window.evil = 2">';
const SECRET = 'the-secret-value';
const PAGE = 4096;

/** Rows on several pages, history, long values, keys that a browser could take for something else. */
async function makeStore(cwd: string): Promise<void> {
  const lines = Array.from({ length: 30 }, (_, index) => {
    const ops = Array.from({ length: 12 }, (__, row) => ({
      op: 'put',
      table: 1,
      key: `row:${index}:${row}`,
      value: 'v'.repeat(100),
    }));
    const others = [
      { op: 'put', table: 2, key: EVIL, value: `${SECRET} ${index} ${'</script>'.repeat(20)}` },
      { op: 'put', table: 2, key: `long:${index % 3}`, value: SECRET.repeat(400) },
    ];
    return JSON.stringify({ position: index + 1, ops: [...ops, ...others] });
  });
  writeFileSync(join(cwd, 'log.ndjson'), `${lines.join('\n')}\n`);
  const { code, stderr } = await runCli(['replay', 'store.kmb', 'log.ndjson'], { cwd });
  expect(stderr).to.equal('');
  expect(code).to.equal(0);
}

/** The page of a leaf in which a byte is then wrong. */
async function damage(cwd: string): Promise<number> {
  const { stdout } = await runCli(['tree', 'store.kmb', '--table', '1', '--json'], { cwd });
  const nodes = stdout
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as { page: number; kind: string }]));
  const { page = 0 } = nodes.findLast(({ kind }) => kind === 'leaf') ?? {};
  const bytes = readFileSync(join(cwd, 'store.kmb'));
  bytes.writeUInt8(bytes.readUInt8(page * PAGE + 3000) ^ 0xff, page * PAGE + 3000);
  writeFileSync(join(cwd, 'damaged.kmb'), bytes);
  return page;
}

async function mustReport(cwd: string, argv: readonly string[], exitCode: number): Promise<void> {
  const { code } = await runCli(['report', ...argv], { cwd });
  expect(code).to.equal(exitCode);
}

describe('the report', function () {
  this.timeout(60_000);
  let cwd: string;
  let bad: number;
  let browser: Browser | undefined;
  const complaints: string[] = [];

  before(async () => {
    cwd = makeTempFolder();
    await makeStore(cwd);
    bad = await damage(cwd);
    await mustReport(cwd, ['store.kmb', '--output', 'data.html', '--show-data'], 0);
    await mustReport(cwd, ['damaged.kmb', '--output', 'damaged.html'], 1);
    if (browserPath === undefined) return;
    const { chromium } = await import('playwright-core');
    browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  });

  after(async () => {
    await browser?.close();
    removeFolder(cwd);
  });

  /** Opens a report; what it says to the console, and asks of the network, is a complaint. */
  async function open(name: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    const page = await browser!.newPage({ viewport: { width: 1100, height: 900 }, ...options });
    const url = pathToFileURL(join(cwd, name)).href;
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== url && !request.url().startsWith('data:')) complaints.push(request.url());
    });
    await page.goto(url);
    await page.waitForSelector('html[data-ready=yes]');
    return page;
  }

  it('has neither keys nor values in it unless they are asked for', () => {
    const hidden = unpacked(readFileSync(join(cwd, 'damaged.html'), 'utf8'));
    for (const text of [SECRET, 'row:', 'evil', 'long:', 'vvvv']) expect(hidden, text).to.not.include(text);
    const data = unpacked(readFileSync(join(cwd, 'data.html'), 'utf8'));
    for (const text of [SECRET, 'row:', 'evil', 'long:', 'vvvv']) expect(data, text).to.include(text);
    const shown = readFileSync(join(cwd, 'data.html'), 'utf8');
    expect(shown).to.not.include('<script>window.evil');
    expect(shown.match(/default-src 'none'/g)).to.have.length(1);
  });

  it('shows a cell for each page, names it where it is hovered, and links findings and pages', async function () {
    if (browser === undefined) {
      console.log('      (there is no browser on this machine: set KMB_BROWSER to the path of one)');
      this.skip();
    }
    const page = await open('damaged.html');
    const pages = readFileSync(join(cwd, 'damaged.kmb')).length / PAGE;
    const canvas = page.locator('.viewport canvas');
    expect(await canvas.getAttribute('data-cells')).to.equal(String(pages));
    expect(await coloursOfCells(page))
      .to.have.length(pages)
      .and.not.include('0,0,0,0');
    for (const view of ['fill', 'age', 'table', 'kind'])
      await page.getByRole('button', { name: view, exact: true }).click();

    await canvas.scrollIntoViewIfNeeded();
    await hover(page, bad);
    expect(await page.locator('.tip').innerText()).to.match(
      new RegExp(`^page ${bad}: unreadable\ntable 1\nowner: page \\d+`),
    );
    await page
      .getByRole('button', { name: `page ${bad}`, exact: true })
      .first()
      .click();
    expect(await page.locator('.detail').innerText()).to.include(`page ${bad}: unreadable`);
    await page.getByRole('button', { name: 'what was found: page-crc' }).click();
    expect(await page.locator(':focus').innerText()).to.match(new RegExp(`^page ${bad} \\(table 1, below \\d+\\)$`));
    expect(await page.locator('#findings').innerText())
      .to.include('corrupt page-crc')
      .and.include('What to do\nkmb-store salvage damaged.kmb');
    await page
      .getByRole('button', { name: `page ${bad}`, exact: true })
      .first()
      .click();
    await page.getByRole('button', { name: 'in its tree' }).click();
    expect(await page.locator(':focus').innerText()).to.equal(`page ${bad}`);

    await canvas.focus();
    for (const key of ['Home', 'ArrowRight', 'ArrowRight', '+', '-']) await page.keyboard.press(key);
    expect(await page.locator('.detail').innerText()).to.match(/^page 2: /);
    expect(complaints).to.deep.equal([]);
  });

  it('takes nothing of the store for anything but text, is dark where that is wanted, and fits a phone', async function () {
    if (browser === undefined) this.skip();
    const page = await open('data.html', { viewport: { width: 375, height: 800 }, colorScheme: 'dark' });
    const seen = await page.evaluate(
      `({ evil: window.evil, images: document.images.length, width: document.documentElement.scrollWidth,
          paper: getComputedStyle(document.body).backgroundColor, text: document.body.innerText })`,
    );
    const { text, ...facts } = seen as { text: string };
    expect(facts).to.deep.equal({ evil: undefined, images: 0, width: 375, paper: 'rgb(20, 23, 26)' });
    expect(text).to.include(EVIL);
    const options = await page.locator('select option').all();
    for (const option of options) {
      await page.locator('select').selectOption((await option.getAttribute('value')) ?? '0');
    }
    for (const node of await page.locator('summary').all()) await node.click();
    expect(await page.evaluate('window.evil')).to.equal(undefined);
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(375);
    expect(complaints).to.deep.equal([]);
  });
});

/** A report with all that is packed in it, and the bytes of its pages. */
function unpacked(report: string): string {
  const columns = [...report.matchAll(/<script type="text\/plain"[^>]*>([^<]*)</g)].map(([, packed = '']) =>
    inflateRawSync(Buffer.from(packed, 'base64')).toString('latin1'),
  );
  const pages = columns.flatMap((column) => [...column.matchAll(/"bytes":"([^"]*)"/g)]);
  expect(pages).to.not.have.length(0);
  return [report, ...columns, ...pages.map(([, bytes = '']) => Buffer.from(bytes, 'base64').toString('latin1'))].join(
    '\n',
  );
}

/** The colour in the middle of each cell that is on the canvas. */
async function coloursOfCells(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector('.viewport canvas');
    const { cell, columns, cells } = canvas.dataset;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return Array.from({ length: Number(cells) }, (_, index) => {
      const x = (index % columns) * cell + 1;
      const y = Math.floor(index / columns) * cell + 1;
      return Array.from(data.subarray(4 * (y * canvas.width + x), 4 * (y * canvas.width + x) + 4)).join(',');
    });
  })()`);
}

async function hover(page: Page, id: number): Promise<void> {
  const canvas = page.locator('.viewport canvas');
  const [cell, columns] = await Promise.all(
    ['data-cell', 'data-columns'].map(async (name) => Number(await canvas.getAttribute(name))),
  );
  const box = (await canvas.boundingBox())!;
  const x = box.x + ((id % columns!) + 0.5) * cell!;
  const y = box.y + (Math.floor(id / columns!) + 0.5) * cell!;
  await page.mouse.move(x, y);
}
