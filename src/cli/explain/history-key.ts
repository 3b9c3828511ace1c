/** The keys of the tree of older events. */
const POSITION_BYTES = 8;

/** A key of the table, and the position after it. */
export function splitHistoryKey(bytes: Uint8Array): { readonly key: Uint8Array; readonly position: bigint } {
  const end = bytes.length - POSITION_BYTES;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { key: bytes.subarray(0, end), position: view.getBigUint64(end) };
}
