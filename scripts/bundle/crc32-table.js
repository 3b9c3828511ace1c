/** How many bytes are looked at together. */
export const BYTES = 16;

/** Row n, of 256 numbers: what a byte does to a CRC-32 when n more bytes follow it. */
export function makeTable() {
  const table = new Int32Array(BYTES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    table[byte] = crc;
  }
  for (let index = 256; index < table.length; index++) {
    const crc = table[index - 256];
    table[index] = (crc >>> 8) ^ table[crc & 255];
  }
  return table;
}

/** Code that gives the table without making it: numbers in base64, in the order of bytes that most machines have. */
export function tableAsCode() {
  const table = makeTable();
  const bytes = Buffer.alloc(table.byteLength);
  for (const [index, crc] of table.entries()) bytes.writeInt32LE(crc, 4 * index);
  return `(() => {
    const bytes = Buffer.from(new Uint8Array(${bytes.length}).buffer);
    bytes.write('${bytes.toString('base64')}', 'base64');
    if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 0) bytes.swap32();
    return new Int32Array(bytes.buffer);
  })()`;
}
