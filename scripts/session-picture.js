// The picture of README.md: what commands really print on a terminal, as SVG. `node scripts/session-picture.js` writes
// docs/session.svg; scripts/check-generated.js asks whether it is current. Needs dist/.
import { Config } from '@oclif/core/config';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { withIo } from '../dist/cli/io.js';

const root = fileURLToPath(new URL('..', import.meta.url));
export const PICTURE = 'docs/session.svg';

const COMMANDS = [
  'replay eu.kmb examples/eu-members.ndjson',
  'get eu.kmb HR --table 1',
  'get eu.kmb HR --table 1 --at 13',
  'diff eu.kmb 15 18 --table 1',
  'history eu.kmb DE --table 1',
  'verify-pages eu.kmb',
];

const COLUMNS = 100;
const CELL = 8.4;
const LINE = 20;
const EDGE = 16;
const COLOURS = {
  30: '#6e7681', 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 34: '#79c0ff', 35: '#d2a8ff', 36: '#76e3ea', 90: '#8b949e',
}; // prettier-ignore
const [BACKGROUND, FOREGROUND] = ['#0d1117', '#e6edf3'];

/** A terminal that keeps what is written. */
class Terminal {
  isTTY = true;
  columns = COLUMNS;
  text = '';
  write(bytes, done) {
    this.text += Buffer.from(bytes).toString();
    done?.();
    return true;
  }
  on() {}
  removeAllListeners() {}
}

/** What a command prints to a terminal; how long it took is not the same twice. */
async function printed(config, line) {
  const [id, ...argv] = line.split(' ');
  const [stdout, stderr] = [new Terminal(), new Terminal()];
  stderr.isTTY = false;
  const { default: command } = await import(`../dist/commands/${id}.js`);
  command.id = id;
  const env = { TERM: 'xterm-256color', FORCE_COLOR: '1' };
  await withIo({ stdin: Readable.from([]), stdout, stderr, env }, async () => {
    try {
      await command.run(argv, config);
    } catch (error) {
      // A clean no, as of a comparison, has printed what it has found.
      if (error.quiet !== true) throw error;
    }
  });
  return (stderr.text + stdout.text).trimEnd().replaceAll(/\b\d+\.\d+ s\b/g, '0.01 s');
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** One line with its colours; each piece says its place, so that no font moves it. */
function lineOf(text, row) {
  let style = { fill: FOREGROUND };
  let column = 0;
  const pieces = [];
  // eslint-disable-next-line no-control-regex
  for (const piece of text.split(/(\x1b\[[\d;]*m)/)) {
    // eslint-disable-next-line no-control-regex
    const codes = /^\x1b\[([\d;]*)m$/.exec(piece)?.[1];
    if (codes !== undefined) for (const code of codes.split(';')) style = styled(style, Number(code));
    else if (piece !== '') {
      const x = (EDGE + column * CELL).toFixed(1);
      const bold = style.bold ? ' font-weight="bold"' : '';
      const dim = style.dim ? ' opacity="0.6"' : '';
      pieces.push(`<tspan x="${x}" fill="${style.fill}"${bold}${dim}>${escaped(piece)}</tspan>`);
      column += [...piece].length;
    }
  }
  return `<text y="${(row + 1) * LINE + EDGE - 6}" xml:space="preserve">${pieces.join('')}</text>`;
}

function styled(style, code) {
  if (code === 0) return { fill: FOREGROUND };
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 39) return { ...style, fill: FOREGROUND };
  return { ...style, fill: COLOURS[code] ?? style.fill };
}

/** The line that is typed. */
const prompt = (line) => `\x1b[32m$\x1b[39m \x1b[1mkmb-store ${line}\x1b[22m`;

export async function sessionPicture() {
  const folder = mkdtempSync(path.join(tmpdir(), 'kmb-store-picture-'));
  const before = process.cwd();
  try {
    symlinkSync(`${root}examples`, `${folder}/examples`);
    const config = await Config.load(root);
    process.chdir(folder);
    const lines = [];
    for (const line of COMMANDS) lines.push(prompt(line), ...(await printed(config, line)).split('\n'), '');
    lines.pop();
    const height = lines.length * LINE + 2 * EDGE;
    const width = Math.ceil(COLUMNS * CELL + 2 * EDGE);
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">`,
      '<title>A session of kmb-store</title>',
      `<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>`,
      ...lines.flatMap((line, row) => (line === '' ? [] : [lineOf(line, row)])),
      '</svg>\n',
    ].join('\n');
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(`${root}${PICTURE}`, await sessionPicture());
