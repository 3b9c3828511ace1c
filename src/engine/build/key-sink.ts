/**
 * What a copy is made of: tables, key by key, and of each key its events, the oldest first. A format that keeps
 * intervals is read, and written, as the events that make them.
 */
import type { KeyRef } from '../bytes/bytes.js';
import type { U64 } from '../bytes/u64.js';
import type { ExternalValue } from '../format/v2/events.js';
import type { PageReader } from '../pager/page-reader.js';
import { readValue, type ValueOwner } from '../table/value-reader.js';

const NOTHING = new DataView(new ArrayBuffer(0));

/** Where a long value is. */
interface ValuePlace {
  readonly pages: PageReader;
  readonly owner: ValueOwner;
  readonly external: ExternalValue;
}

/** A put or a deletion, where its bytes are. One object serves one event after the other. */
export class KeyEvent {
  at!: U64;
  isDeletion = false;
  /** Whether the key has no event after this one. */
  isNewest = false;
  valueLength = 0;
  #view: DataView = NOTHING;
  #start = 0;
  #place: ValuePlace | undefined;

  setDeletion(at: U64, isNewest: boolean): this {
    return this.#set(at, isNewest, true, NOTHING, 0, 0);
  }

  setPut(at: U64, isNewest: boolean, view: DataView, start: number, length: number): this {
    return this.#set(at, isNewest, false, view, start, length);
  }

  /** A put whose value is read when it is asked for. */
  setLongPut(at: U64, isNewest: boolean, place: ValuePlace): this {
    this.#set(at, isNewest, false, NOTHING, 0, place.external.length);
    this.#place = place;
    return this;
  }

  /** Becomes the same event, with bytes that stay. */
  copyFrom(other: KeyEvent): void {
    this.#set(other.at, other.isNewest, other.isDeletion, NOTHING, 0, other.valueLength);
    this.#place = other.#place;
    if (this.#place !== undefined) return;
    const bytes = new Uint8Array(other.#view.buffer, other.#view.byteOffset + other.#start, other.valueLength);
    this.#view = new DataView(Uint8Array.from(bytes).buffer);
  }

  /** The view that the value is in, at `valueStart`. @throws StoreError damage, `IO_ERROR` */
  get valueView(): DataView {
    if (this.#place === undefined) return this.#view;
    const { pages, owner, external } = this.#place;
    const value = pages.retryOnChange(() => readValue(pages, owner, external));
    this.#place = undefined;
    this.#view = new DataView(value.buffer, value.byteOffset, value.length);
    return this.#view;
  }

  get valueStart(): number {
    return this.#start;
  }

  #set(at: U64, isNewest: boolean, isDeletion: boolean, view: DataView, start: number, length: number): this {
    this.at = at;
    this.isNewest = isNewest;
    this.isDeletion = isDeletion;
    this.#view = view;
    this.#start = start;
    this.valueLength = length;
    this.#place = undefined;
    return this;
  }
}

/** Takes the keys of a table, ascending. */
export interface KeySink {
  /** @param key stays where it is until `end` */
  begin(key: KeyRef): void;
  /** @param event is to be used before the call returns */
  event(event: KeyEvent): void;
  end(): void;
}

/** Gives everything to several sinks. */
export function tee(...sinks: readonly KeySink[]): KeySink {
  return {
    begin: (key) => {
      for (const sink of sinks) sink.begin(key);
    },
    event: (event) => {
      for (const sink of sinks) sink.event(event);
    },
    end: () => {
      for (const sink of sinks) sink.end();
    },
  };
}
