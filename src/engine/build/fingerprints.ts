/** What a copy has to have in common with what it was made of. */
import { createHash, type Hash } from 'node:crypto';
import { copyBytes, type KeyRef } from '../bytes/bytes.js';
import { crc32 } from '../bytes/crc32.js';
import { U64, writeU64 } from '../bytes/u64.js';
import type { KeyEvent, KeySink } from './key-sink.js';

const CHUNK = 65_536;

/** Gathers bytes, and gives them away in large pieces. */
class Gathered {
  readonly #bytes = Buffer.allocUnsafeSlow(CHUNK);
  readonly #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, CHUNK);
  #length = 0;

  constructor(private readonly take: (bytes: Uint8Array) => void) {}

  number(value: number): void {
    this.#makeRoom(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  u64(value: U64): void {
    this.#makeRoom(8);
    writeU64(this.#view, this.#length, value);
    this.#length += 8;
  }

  bytes(view: DataView, start: number, length: number): void {
    if (length > CHUNK) {
      this.flush();
      this.take(new Uint8Array(view.buffer, view.byteOffset + start, length));
      return;
    }
    this.#makeRoom(length);
    copyBytes(view, start, this.#view, this.#length, length);
    this.#length += length;
  }

  flush(): void {
    this.take(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
  }

  #makeRoom(length: number): void {
    if (this.#length + length > CHUNK) this.flush();
  }
}

/**
 * The content hash: of a table SHA-256 over its rows as of the applied position, in key order, each `key length u32 ·
 * key · value length u32 · value`; of a store over its tables that have rows, ascending, each `id u64 · hash`.
 */
export class ContentHash implements KeySink {
  readonly #store = createHash('sha256');
  #table: Hash | undefined;
  readonly #rows = new Gathered((bytes) => this.#table?.update(bytes));
  #id = U64.from(0n);
  #key!: KeyRef;

  beginTable(id: bigint): void {
    this.#id = U64.from(id);
  }

  begin(key: KeyRef): void {
    this.#key = key;
  }

  event(event: KeyEvent): void {
    if (!event.isNewest || event.isDeletion) return;
    const { view, keyStart, keyLength } = this.#key;
    this.#table ??= createHash('sha256');
    this.#rows.number(keyLength);
    this.#rows.bytes(view, keyStart, keyLength);
    this.#rows.number(event.valueLength);
    this.#rows.bytes(event.valueView, event.valueStart, event.valueLength);
  }

  end(): void {
    // A row is all there is of a key here.
  }

  endTable(): void {
    if (this.#table === undefined) return;
    this.#rows.flush();
    const id = new DataView(new ArrayBuffer(8));
    writeU64(id, 0, this.#id);
    this.#store.update(new Uint8Array(id.buffer)).update(this.#table.digest());
    this.#table = undefined;
  }

  digest(): string {
    return this.#store.digest('hex');
  }
}

/** Counts keys and versions, and adds up all events: key, position, and of values that are not current the bytes. */
export class VersionCount implements KeySink {
  keys = 0;
  versions = 0;
  #sum = 0;
  readonly #events = new Gathered((bytes) => (this.#sum = crc32(bytes, this.#sum)));

  begin({ view, keyStart, keyLength }: KeyRef): void {
    this.keys++;
    this.#events.number(keyLength);
    this.#events.bytes(view, keyStart, keyLength);
  }

  event(event: KeyEvent): void {
    this.#events.u64(event.at);
    if (event.isDeletion) return;
    this.versions++;
    this.#events.number(event.valueLength);
    // The content hash has those that are current.
    if (!event.isNewest) this.#events.bytes(event.valueView, event.valueStart, event.valueLength);
  }

  end(): void {
    // The next key begins with its length.
  }

  /** A checksum of all events so far. */
  checksum(): number {
    this.#events.flush();
    return this.#sum;
  }
}
