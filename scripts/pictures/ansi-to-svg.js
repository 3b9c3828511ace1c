// What a terminal shows, as SVG: blocks become rectangles, so that no font leaves gaps between them.

const CELL = { width: 8.4, height: 18 };
const MARGIN = 14;
const PAPER = '#14171a';
const INK = '#e8e6e1';
const HEIGHTS = '▁▂▃▄▅▆▇█';
const TOKEN = new RegExp(`${String.fromCharCode(27)}\\[([\\d;]*)m|(.)`, 'gu');
const WIDTHS = '▏▎▍▌▋▊▉';

/** @param {string} text with the escape sequences of colours */
export function ansiToSvg(text, title) {
  const lines = text.trimEnd().split('\n').map(parseLine);
  const columns = Math.max(...lines.map((cells) => cells.length));
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN);
  const height = Math.ceil(lines.length * CELL.height + 2 * MARGIN);
  const shapes = lines.flatMap((cells, row) => shapesOf(cells, MARGIN + row * CELL.height));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escapeXml(title)}</title>
<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" xml:space="preserve">
${shapes.join('\n')}
</g>
</svg>
`;
}

/** Characters with their colours. */
function parseLine(line) {
  const cells = [];
  let colour = INK;
  for (const [, codes, character] of line.matchAll(TOKEN)) {
    if (character !== undefined) cells.push({ character, colour });
    else colour = /^38;2;/.test(codes) ? `rgb(${codes.slice(5).replaceAll(';', ',')})` : INK;
  }
  return cells;
}

function shapesOf(cells, top) {
  const shapes = [];
  for (let at = 0; at < cells.length;) {
    const { character, colour } = cells[at];
    let end = at + 1;
    const isBlock = HEIGHTS.includes(character) || WIDTHS.includes(character);
    while (end < cells.length && cells[end].colour === colour && isSame(cells[end].character, character, isBlock))
      end++;
    const text = cells
      .slice(at, end)
      .map((cell) => cell.character)
      .join('');
    if (text.trim() !== '')
      shapes.push(isBlock ? block(character, colour, at, end, top) : letters(text, colour, at, top));
    at = end;
  }
  return shapes;
}

function isSame(character, first, isBlock) {
  return isBlock ? character === first : !HEIGHTS.includes(character) && !WIDTHS.includes(character);
}

function block(character, colour, at, end, top) {
  const share = HEIGHTS.includes(character) ? (HEIGHTS.indexOf(character) + 1) / 8 : 1;
  const across = WIDTHS.includes(character) ? (WIDTHS.indexOf(character) + 1) / 8 : end - at;
  const height = (CELL.height - 2) * share;
  const y = top + CELL.height - 1 - height;
  const x = MARGIN + at * CELL.width;
  return `<rect x="${fixed(x)}" y="${fixed(y)}" width="${fixed(across * CELL.width)}" height="${fixed(height)}" fill="${colour}"/>`;
}

function letters(text, colour, at, top) {
  const x = MARGIN + at * CELL.width;
  const length = fixed(text.length * CELL.width);
  return `<text x="${fixed(x)}" y="${fixed(top + 13.5)}" fill="${colour}" textLength="${length}" xml:space="preserve">${escapeXml(text)}</text>`;
}

const fixed = (number) => Number(number.toFixed(1));

function escapeXml(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
