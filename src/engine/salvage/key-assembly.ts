/**
 * Puts together what was found of each key: each event once, in the order of positions. Where events are missing, and
 * it is known where the next newer one was, the version before ends there; the key reads as deleted until the next
 * event that was found.
 */
import { compareBytes, type KeyRef, keyRef } from '../bytes/bytes.js';
import { readU64, U64 } from '../bytes/u64.js';
import { KeyEvent, type KeySink } from '../build/key-sink.js';
import { StoreError } from '../errors.js';
import { DELETE, type Operation, PUT } from '../log/operation.js';
import { Pace, type Steps } from '../steps.js';
import { ALONE, ENTRY, LOST, NEXT, OLDER } from './event-sorter.js';
import type { Losses } from './losses.js';
import type { MergedEvents } from './merged-events.js';
import type { SalvageLog } from './salvage-log.js';
import { keyAfter } from './tree-keys.js';

const KEYS_PER_STEP = 256;

/** What was really found of a table: without what was put where events are missing. */
export interface TableFound {
  readonly keys: number;
  readonly events: number;
}

/** What is told at one position. */
interface Told {
  readonly at: U64;
  kind: typeof PUT | typeof DELETE | undefined;
  isLost: boolean;
  /** Only the value was found. */
  isAlone: boolean;
  isInLog: boolean;
  isNext: boolean;
  isOlder: boolean;
}

export class KeyAssembly {
  readonly #event = new KeyEvent();
  readonly #pending = new KeyEvent();
  #hasPending = false;
  #hasBegun = false;
  #isVisible = false;
  /** Whether the version that is visible is not in the pages. */
  #isOfLogOnly = false;
  /** Where the version that is visible began, if only its value was found. */
  #alone: U64 | undefined;
  #found = 0;

  constructor(
    private readonly events: MergedEvents,
    private readonly losses: Losses,
    private readonly log: SalvageLog | undefined,
    private readonly applied: U64,
  ) {}

  /** Gives all keys of a table. Tables are asked for in the order of their ids. @throws StoreError `LOG_MISMATCH` */
  *table(id: bigint, sink: KeySink): Steps<TableFound> {
    const pace = new Pace(KEYS_PER_STEP);
    const purged = U64.from(this.log?.purges.get(id) ?? 0n);
    let keys = 0;
    this.#found = 0;
    this.#skipTo(id);
    for (let operation = this.#next(id); operation !== undefined; operation = this.#next(id)) {
      const key = copyOf(operation);
      const before = this.#found;
      this.#assemble(id, key, purged, sink);
      if (this.#found > before) keys++;
      if (pace.isDue()) yield;
    }
    return { keys, events: this.#found };
  }

  /** Passes over what nobody asks for. */
  #skipTo(table: bigint): void {
    for (let event = this.events.current; event !== undefined; event = this.events.current) {
      if (readU64(event.operation.view, event.operation.tableOffset) >= table) return;
      this.events.advance();
    }
  }

  /** The next operation, if it is of the table. */
  #next(table: bigint): Operation | undefined {
    const operation = this.events.current?.operation;
    if (operation === undefined) return undefined;
    return readU64(operation.view, operation.tableOffset) === table ? operation : undefined;
  }

  #assemble(table: bigint, key: Buffer, purged: U64, sink: KeySink): void {
    const ref = keyRef(key);
    this.#hasPending = this.#hasBegun = this.#isVisible = this.#isOfLogOnly = false;
    this.#alone = undefined;
    let hasEntry = false;
    let last: U64 | undefined;
    for (;;) {
      const operation = this.#next(table);
      if (operation === undefined || !isSame(operation, ref)) break;
      const at = this.events.current!.at;
      if (operation.kind === ENTRY) {
        hasEntry = true;
        this.events.advance();
        continue;
      }
      this.#endUnknown(ref, at, sink);
      const told = this.#tellAt(table, ref, at, purged, sink);
      this.#settle(told, table, key, last, ref, sink);
      last = told.at;
    }
    this.#endLast(ref, hasEntry, sink);
    this.#finish(sink);
  }

  /** What the entry of a key says last is known to go on. */
  #endLast(ref: KeyRef, hasEntry: boolean, sink: KeySink): void {
    if (!hasEntry || this.#alone !== undefined) this.#endUnknown(ref, undefined, sink);
  }

  /** Takes all that is told of the key at one position; a put is given at once. */
  #tellAt(table: bigint, ref: KeyRef, at: U64, purged: U64, sink: KeySink): Told {
    const told: Told = {
      at,
      kind: undefined,
      isLost: false,
      isAlone: false,
      isInLog: false,
      isNext: false,
      isOlder: false,
    };
    let isOfPages = false;
    for (;;) {
      const current = this.events.current;
      const operation = this.#next(table);
      if (current === undefined || operation === undefined) return told;
      if (!isSame(operation, ref) || current.at.compare(at) !== 0) return told;
      const { kind } = operation;
      const { isOfLog } = this.events;
      if (at.compare(purged) >= 0) {
        if (kind === PUT && told.kind === undefined) {
          this.#put(ref, operation, at, sink);
          this.#isOfLogOnly = isOfLog;
          told.kind = PUT;
        } else noteKind(told, kind);
      }
      told.isInLog ||= isOfLog;
      isOfPages ||= !isOfLog && (kind === PUT || kind === DELETE);
      if (isOfLog && isOfPages) this.#compare(operation, told, table);
      this.events.advance();
    }
  }

  /** The log must say what the pages say. */
  #compare({ kind, valueView, valueStart, valueLength }: Operation, told: Told, table: bigint): void {
    if (this.log?.isProven === true || told.kind === undefined) return;
    const { valueView: view, valueStart: start, valueLength: length } = this.#pending;
    const isSameKind = kind === told.kind;
    if (!isSameKind) throw differs(table, told.at);
    if (kind === PUT && compareBytes(valueView, valueStart, valueLength, view, start, length) !== 0)
      throw differs(table, told.at);
  }

  #settle(told: Told, table: bigint, key: Buffer, last: U64 | undefined, ref: KeyRef, sink: KeySink): void {
    const { at, kind } = told;
    if (told.isAlone) this.#noteAlone(told);
    else if (kind !== undefined) this.#found++;
    if (kind !== PUT && (kind === DELETE || told.isLost || told.isNext)) this.#end(ref, at, sink);
    const isGap = kind === undefined && told.isNext && !told.isLost;
    const isCut = told.isOlder && !told.isNext && !(this.log?.isComplete ?? false);
    if ((!isGap && !isCut) || this.losses.covers(table, key)) return;
    const positions = isGap
      ? { fromPosition: at.toBigInt(), toPosition: null }
      : { fromPosition: last?.toBigInt() ?? null, toPosition: at.toBigInt() };
    this.losses.add({ kind: 'history', table, fromKey: key, toKey: keyAfter(key), ...positions });
  }

  /** Until when a value was there whose event is lost the log may say. */
  #noteAlone({ at, isInLog }: Told): void {
    if (isInLog) this.#isOfLogOnly = true;
    else this.#alone = at;
  }

  #put(key: KeyRef, { valueView, valueStart, valueLength }: Operation, at: U64, sink: KeySink): void {
    this.#give(key, this.#event.setPut(at, false, valueView, valueStart, valueLength), sink);
    this.#isVisible = true;
    this.#alone = undefined;
  }

  /** A version ends, where there is one. */
  #end(key: KeyRef, at: U64, sink: KeySink): void {
    if (!this.#isVisible) return;
    this.#give(key, this.#event.setDeletion(at, false), sink);
    this.#isVisible = false;
  }

  /**
   * Where only the log knows a version, its end is known as far as the log reaches, and where only the value was found
   * it was there at its own position: the key reads as deleted after that until the next event.
   *
   * @param next undefined where there is none
   */
  #endUnknown(key: KeyRef, next: U64 | undefined, sink: KeySink): void {
    const known = this.#alone?.toBigInt() ?? (this.#isOfLogOnly ? this.log?.last : undefined);
    if (known === undefined || !this.#isVisible) return;
    const end = U64.from(known + 1n);
    const isBefore = next === undefined ? end.compare(this.applied) <= 0 : end.compare(next) < 0;
    if (isBefore) this.#end(key, end, sink);
  }

  /** What the newest event of a key is is known only at its end. */
  #give(key: KeyRef, event: KeyEvent, sink: KeySink): void {
    if (!this.#hasBegun) sink.begin(key);
    this.#hasBegun = true;
    if (this.#hasPending) sink.event(this.#pending);
    this.#pending.copyFrom(event);
    this.#hasPending = true;
  }

  #finish(sink: KeySink): void {
    if (!this.#hasBegun) return;
    this.#pending.isNewest = true;
    sink.event(this.#pending);
    sink.end();
  }
}

function noteKind(told: Told, kind: number): void {
  if (kind === DELETE) told.kind ??= DELETE;
  else if (kind === LOST) told.isLost = true;
  else if (kind === ALONE) told.isAlone = true;
  else if (kind === NEXT) told.isNext = true;
  else if (kind === OLDER) told.isOlder = true;
}

function isSame({ view, keyStart, keyLength }: Operation, key: KeyRef): boolean {
  return compareBytes(view, keyStart, keyLength, key.view, key.keyStart, key.keyLength) === 0;
}

function copyOf({ view, keyStart, keyLength }: Operation): Buffer {
  return Buffer.from(new Uint8Array(view.buffer, view.byteOffset + keyStart, keyLength));
}

function differs(table: bigint, at: U64): StoreError {
  const position = at.toBigInt();
  const message = `the log says something else of position ${position} than the pages of table ${table}`;
  return new StoreError(
    'LOG_MISMATCH',
    message,
    { table, position },
    'give the log that made this store, or leave --log out',
  );
}
