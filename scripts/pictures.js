// Draws the pictures of docs/LOOKING.md: `npm run build && node scripts/pictures.js`. The store in them is made here,
// the same each time. Maps are what the command prints, as SVG; the report is what a browser shows (KMB_BROWSER, or
// /usr/bin/chromium).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ansiToSvg } from './pictures/ansi-to-svg.js';
import { pictureLog } from './pictures/log.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'docs', 'pictures');
const folder = mkdtempSync(join(tmpdir(), 'kmb-store-pictures-'));

function kmb(...argv) {
  const env = { ...process.env, FORCE_COLOR: '3', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin', 'run.js'), ...argv], {
    cwd: folder,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
  return stdout;
}

async function photograph(browser, options, name) {
  const page = await browser.newPage(options);
  await page.goto(pathToFileURL(join(folder, 'orders.html')).href);
  await page.waitForSelector('html[data-ready=yes]');
  await page.screenshot({ path: join(target, name) });
  await page.close();
}

try {
  mkdirSync(target, { recursive: true });
  writeFileSync(join(folder, 'log.ndjson'), pictureLog());
  kmb('replay', 'orders.kmb', 'log.ndjson', '--format', '2');
  for (const view of ['kind', 'fill', 'age', 'table']) {
    const title = `kmb-store map orders.kmb --by ${view}`;
    writeFileSync(
      join(target, `map-${view}.svg`),
      ansiToSvg(`$ ${title}\n${kmb('map', 'orders.kmb', '--by', view)}`, title),
    );
  }
  kmb('report', 'orders.kmb', '--output', 'orders.html', '--show-data');
  const executablePath = process.env.KMB_BROWSER ?? '/usr/bin/chromium';
  if (existsSync(executablePath)) {
    const { chromium } = await import('playwright-core');
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    await photograph(browser, { viewport: { width: 1000, height: 900 } }, 'report.png');
    await browser.close();
  } else console.error(`no browser at ${executablePath}: the picture of the report is left as it is`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
