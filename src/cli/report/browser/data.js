/** What the report is about: figures as JSON, and columns of numbers, one for each page, packed. */

/** The figures. */
export function readFigures() {
  return JSON.parse(document.getElementById('data').textContent);
}

/** All columns by their names. */
export async function readColumns() {
  const scripts = [...document.querySelectorAll('script[data-column]')];
  const columns = await Promise.all(scripts.map((script) => readColumn(script)));
  return Object.fromEntries(columns);
}

async function readColumn(script) {
  const { column, type, delta } = script.dataset;
  const packed = Uint8Array.from(atob(script.textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const bytes = await new Response(stream).arrayBuffer();
  if (type === 'json') return [column, JSON.parse(new TextDecoder().decode(bytes))];
  const values = new { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array }[type](bytes);
  if (delta !== undefined) {
    for (let index = 1; index < values.length; index++) values[index] += values[index - 1];
  }
  return [column, values];
}
