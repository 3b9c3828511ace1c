/**
 * What a crash leaves of a file. Between two syncs a disk is free: each write or change of length may have reached it
 * or not, in any order, and of a write some sectors only. After a sync all of it has; after a sync that failed nobody
 * knows, and no later one makes it good.
 */
import type { CrashOutcome } from './crash-outcome.js';

export const SECTOR_BYTES = 512;

type Change =
  | { readonly kind: 'write'; readonly at: number; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly at: number; readonly size: number };

/** Whether a change is on the disk for certain; one whose sync failed never is. */
interface Record {
  readonly change: Change;
  state: 'pending' | 'synced' | 'doubtful';
}

export class DurableFile {
  #base: Buffer;
  #records: Record[] = [];

  /** @param bytes what is on the disk already; nobody may change them any more */
  constructor(bytes: Buffer) {
    this.#base = bytes;
  }

  /** `at` counts all changes of the file system. */
  write(at: number, position: number, bytes: Uint8Array): void {
    this.#records.push({ change: { kind: 'write', at, position, bytes: Buffer.from(bytes) }, state: 'pending' });
  }

  truncate(at: number, size: number): void {
    this.#records.push({ change: { kind: 'truncate', at, size }, state: 'pending' });
  }

  sync(): void {
    for (const record of this.#records) if (record.state === 'pending') record.state = 'synced';
    const open = this.#records.findIndex(({ state }) => state !== 'synced');
    const settled = this.#records.splice(0, open < 0 ? this.#records.length : open);
    const image = new Image(this.#base);
    for (const { change } of settled) image.apply(change);
    this.#base = image.bytes();
  }

  /** The system drops what it could not write: a later sync that succeeds says nothing about it. */
  failSync(): void {
    for (const record of this.#records) if (record.state === 'pending') record.state = 'doubtful';
  }

  /** The bytes that the disk has after a crash. */
  afterCrash(outcome: CrashOutcome): Buffer {
    const image = new Image(this.#base);
    for (const { change, state } of this.#records) {
      if (state === 'synced') image.apply(change);
      else image.applyPartly(change, outcome);
    }
    return image.bytes();
  }
}

class Image {
  #bytes: Buffer;
  #size: number;

  constructor(bytes: Buffer) {
    this.#bytes = Buffer.from(bytes);
    this.#size = bytes.length;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }

  apply(change: Change): void {
    if (change.kind === 'truncate') return void this.#resize(change.size);
    this.#put(change.position, change.bytes);
  }

  applyPartly(change: Change, outcome: CrashOutcome): void {
    if (!outcome.keeps(change.at)) {
      // The new length may be there without the bytes.
      if (change.kind === 'write' && outcome.keepsLengthOnly())
        this.#resize(Math.max(this.#size, change.position + change.bytes.length));
      return;
    }
    if (change.kind === 'truncate' || !outcome.tears()) return void this.apply(change);
    for (const [from, to] of sectorsOf(change.position, change.bytes.length)) {
      if (outcome.keepsSector()) this.#put(from, change.bytes.subarray(from - change.position, to - change.position));
    }
  }

  #put(position: number, bytes: Buffer): void {
    if (position + bytes.length > this.#size) this.#resize(position + bytes.length);
    this.#bytes.set(bytes, position);
  }

  #resize(size: number): void {
    if (size > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(size, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }
}

/** The pieces of a span that lie in one sector each, as [from, to). */
function sectorsOf(position: number, length: number): [number, number][] {
  const pieces: [number, number][] = [];
  for (let from = position; from < position + length;) {
    const to = Math.min(position + length, (Math.floor(from / SECTOR_BYTES) + 1) * SECTOR_BYTES);
    pieces.push([from, to]);
    from = to;
  }
  return pieces;
}
