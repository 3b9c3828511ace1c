/** What a copy has to have in common with what it was made of. */
import type { KeyRef } from '../bytes/bytes.js';
import { crc32 } from '../bytes/crc32.js';
import { GatheredBytes } from '../bytes/gathered-bytes.js';
import { ContentHasher } from '../timeline/content-hasher.js';
import type { KeyEvent, KeySink } from './key-sink.js';

/** The content hash as of the applied position. */
export class CurrentContent implements KeySink {
  readonly #hasher = new ContentHasher();
  #key!: KeyRef;

  begin(key: KeyRef): void {
    this.#key = key;
  }

  event(event: KeyEvent): void {
    if (!event.isNewest || event.isDeletion) return;
    this.#hasher.addRow(this.#key, event.valueView, event.valueStart, event.valueLength);
  }

  end(): void {
    // A row is all there is of a key here.
  }

  endTable(id: bigint): void {
    this.#hasher.endTable(id);
  }

  digest(): string {
    return this.#hasher.digest().toString('hex');
  }
}

/** Counts keys and versions, and adds up all events: key, position, and of values that are not current the bytes. */
export class VersionCount implements KeySink {
  keys = 0;
  versions = 0;
  #sum = 0;
  readonly #events = new GatheredBytes((bytes) => (this.#sum = crc32(bytes, this.#sum)));

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
