/** The lock that keeps a second writer out. A lock whose owner no longer runs is taken over. */
import { randomBytes } from 'node:crypto';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import type { Steps } from '../steps.js';
import {
  encodeLock,
  isProvenDead,
  isReadable,
  isSelf,
  type LockOwner,
  readLock,
  sharesPids,
  type UnreadableLock,
} from './lock-file.js';
import { foreignFile } from '../journal/side-files.js';

/** How long a writer that waits looks away. */
const POLL_MS = 10;
/** At most this many takeovers in a row, each cut off by a crash: more means files that no writer made. */
const TAKEOVERS_MAX = 16;
/**
 * Rounds without a pause: others who take and release the lock meanwhile cost one each, a name that is neither free nor
 * taken all.
 */
const ROUNDS_MAX = 64;

/** What the temporary files of a lock are called beside the store. */
const LEFTOVER_NAME = /^-lock-(new|takeover)-[0-9a-f]{12}$/;
const FOREIGN_HINT = 'give that file another name: a writer needs it for its lock';

/** The file that keeps the lock from being had, and who made it. */
interface Obstacle {
  readonly path: string;
  readonly owner: LockOwner | UnreadableLock;
}

/**
 * What makes its holder the only writer of a store: the file `STORE-lock` beside it, which says who holds it. It is
 * written under a name of its own and linked into place, so that it is never seen half written and never replaced.
 *
 * The lock of a holder that is proven dead is removed, and then taken like any other that is free. Between finding it
 * dead and removing it another process might have done both and taken the lock: so whoever removes a file must first
 * hold a second link, whose name says which lock is removed, and then finds that lock still there or leaves it alone. A
 * second link that a crash left behind is removed in the same way.
 */
export class WriterLock {
  readonly #path: string;
  readonly #owner: LockOwner;
  #released = false;
  /** Rounds since the last pause. */
  #rounds = 0;

  private constructor(
    private readonly files: FileSystem,
    private readonly storePath: string,
  ) {
    this.#path = `${storePath}-lock`;
    const { processes } = files;
    const id = randomBytes(6).toString('hex');
    this.#owner = { ...processes.self(), ...processes.kernel(), id, since: new Date().toISOString() };
  }

  /**
   * Takes the lock of a store, waiting for it in steps of a few milliseconds.
   *
   * @param storePath where the store is or will lie, links followed: the lock is this path's
   * @param timeoutMs how long to wait for another holder; 0 or more
   * @throws StoreError `STORE_LOCKED` (at once when this process itself is the holder), `STORE_NAME_TOO_LONG`,
   *   `IO_ERROR`
   */
  static *acquire(files: FileSystem, storePath: string, timeoutMs: number): Steps<WriterLock> {
    const lock = new WriterLock(files, storePath);
    lock.#checkDirectory();
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const obstacle = lock.#take();
      if (obstacle === undefined) break;
      const left = deadline - performance.now();
      if (left <= 0 || lock.#isOwn(obstacle)) throw lock.#locked(obstacle);
      sleep(Math.min(POLL_MS, left));
      yield;
    }
    try {
      lock.#removeLeftovers();
    } catch (error) {
      lock.release();
      throw error;
    }
    return lock;
  }

  /** Which lock it is: no other one ever has its id. */
  get id(): string {
    return this.#owner.id;
  }

  /**
   * Whether the lock file is still this writer's: somebody may have removed it by hand.
   *
   * @throws StoreError `IO_ERROR`
   */
  isHeld(): boolean {
    return !this.#released && this.#isThere(this.#path, this.#owner);
  }

  /** Lets go of the lock, if it is still this one's. A second call does nothing. @throws StoreError `IO_ERROR` */
  release(): void {
    const isHeld = this.isHeld();
    this.#released = true;
    if (isHeld) this.#unlinkIfThere(this.#path);
  }

  /** What could not be recovered, or told to be committed, later is refused before anything is made. */
  #checkDirectory(): void {
    checkNameLength(this.files, this.storePath, this.#guardPath(this.#owner));
    // A directory that cannot be synced would fail a commit that has already happened.
    this.#attempt('sync the directory of', () => {
      this.files.syncDirectory(this.storePath);
    });
  }

  /** Tries to get the lock now; gives what is in the way. */
  #take(): Obstacle | undefined {
    this.#rounds = 0;
    return this.#make(this.#path, () => this.#removeDead(this.#path));
  }

  /** Makes a file that says who we are, as soon as nothing is in the way of that any more; gives what is. */
  #make(path: string, clear: () => Obstacle | undefined): Obstacle | undefined {
    while (!this.#link(path)) {
      const obstacle = clear();
      if (obstacle !== undefined) return obstacle;
      this.#rounds += 1;
      if (this.#rounds > ROUNDS_MAX)
        return { path, owner: { found: 'a name that is taken, and nothing to be opened' } };
    }
    return undefined;
  }

  #guardPath(owner: LockOwner): string {
    return `${this.#path}-takeover-${owner.id}`;
  }

  /** Makes a file that says who we are, under a name that may be taken: false. */
  #link(path: string): boolean {
    if (readLock(this.files, path) !== undefined) return false;
    const temporary = `${this.#path}-new-${this.#owner.id}`;
    try {
      this.#write(temporary);
      this.files.link(temporary, path);
      return true;
    } catch (error) {
      // Another was faster; or the holder has tidied up a file that did not say yet whose it was.
      if (isCode(error, 'FILE_EXISTS') || isCode(error, 'FILE_NOT_FOUND')) return false;
      throw error;
    } finally {
      this.#tryTo(() => this.files.unlink(temporary));
    }
  }

  /** The names of the files beside a store say nothing to anybody: errors name the store. */
  #attempt<Result>(what: string, action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      if (!isCode(error, 'IO_ERROR')) throw error;
      const why = String(error.facts['errno'] ?? error.message);
      const message = `cannot ${what} ${this.storePath}: ${why}`;
      throw new StoreError('IO_ERROR', message, { ...error.facts, path: this.storePath }, undefined, { cause: error });
    }
  }

  #write(path: string): void {
    const bytes = encodeLock(this.#owner);
    const file = this.#attempt('make a lock file beside', () => this.files.open(path, 'create'));
    try {
      file.write(bytes, 0, bytes.length, 0);
      // A loss of power must leave a lock whose holder is proven dead, not an empty one.
      file.sync();
    } finally {
      file.close();
    }
    if (this.files.resolve(this.storePath) !== undefined) this.files.copyOwner(this.storePath, path);
  }

  /** Removes a lock file whose maker is proven dead; gives what is in the way of that, or nothing when it is gone. */
  #removeDead(path: string, depth = 0): Obstacle | undefined {
    const owner = readLock(this.files, path);
    if (owner === undefined) return undefined;
    if (!isReadable(owner)) return { path, owner };
    if (depth > TAKEOVERS_MAX) return { path, owner: { found: null } };
    if (!isProvenDead(owner, this.files.processes)) return { path, owner };
    const guard = this.#guardPath(owner);
    const obstacle = this.#make(guard, () => this.#removeDead(guard, depth + 1));
    if (obstacle !== undefined) return obstacle;
    try {
      if (this.#isThere(path, owner)) this.#unlinkIfThere(path);
    } finally {
      this.#tryTo(() => this.files.unlink(guard));
    }
    return undefined;
  }

  /** Somebody may have removed it by hand just now. */
  #unlinkIfThere(path: string): void {
    try {
      this.files.unlink(path);
    } catch (error) {
      if (!isCode(error, 'FILE_NOT_FOUND')) throw error;
    }
  }

  /**
   * Tidies up after writers that were killed: what they wrote beside the store nobody but the holder of the lock may
   * write.
   *
   * @throws StoreError `SIDE_FILE_FOREIGN` when something under such a name is not a lock: it stays
   */
  #removeLeftovers(): void {
    for (const path of this.#pathsBeside()) {
      const purpose = LEFTOVER_NAME.exec(path.slice(this.storePath.length))?.[1];
      if (purpose === undefined) continue;
      const owner = this.#tryTo(() => readLock(this.files, path));
      if (owner !== undefined && !isReadable(owner) && owner.isForeign === true)
        throw foreignFile(this.storePath, path);
      this.#tryTo(() => {
        if (purpose === 'takeover') this.#removeDead(path);
        else if (this.#isLeftover(path)) this.files.unlink(path);
      });
    }
  }

  #pathsBeside(): string[] {
    return this.#tryTo(() => this.files.pathsBeginningWith(`${this.storePath}-`)) ?? [];
  }

  /** Tidying up: nothing depends on it, and what fails is done by the next writer. */
  #tryTo<Result>(action: () => Result): Result | undefined {
    try {
      return action();
    } catch (error) {
      if (error instanceof StoreError) return undefined;
      throw error;
    }
  }

  /** Whether nobody will link a file. Its maker, should it be just writing it, makes it again. */
  #isLeftover(path: string): boolean {
    const owner = readLock(this.files, path);
    return owner !== undefined && (!isReadable(owner) || isProvenDead(owner, this.files.processes));
  }

  #isThere(path: string, owner: LockOwner): boolean {
    const found = readLock(this.files, path);
    return found !== undefined && isReadable(found) && found.id === owner.id;
  }

  #isOwn({ owner }: Obstacle): boolean {
    return isReadable(owner) && isSelf(owner, this.#owner);
  }

  #locked(obstacle: Obstacle): StoreError {
    const { path, owner } = obstacle;
    const facts = { path: this.storePath, lockFile: path };
    const byHand = `if nothing writes the store any more, remove ${path}`;
    if (!isReadable(owner)) {
      const isFile = owner.found === null && owner.isForeign === true;
      const what = isFile ? ': it is not a lock of kmb-store' : owner.found === null ? '' : `: it is ${owner.found}`;
      const unknown = { ...facts, pid: null, host: null, since: null };
      const message = `${this.storePath} is locked, and ${path} does not say by whom${what}`;
      return new StoreError('STORE_LOCKED', message, unknown, isFile ? FOREIGN_HINT : byHand);
    }
    const { pid, host, since } = owner;
    const holder = `process ${pid} on ${host}, since ${since}`;
    const known = { ...facts, pid, host, since };
    if (this.#isOwn(obstacle)) {
      const message = `${this.storePath} is open for writing in this process already (${holder})`;
      return new StoreError('STORE_LOCKED', message, known);
    }
    const message = `${this.storePath} is being written by ${holder}`;
    if (sharesPids(owner, this.#owner)) return new StoreError('STORE_LOCKED', message, known);
    const unproven = `${message}; it belongs to another container, pid namespace or boot, so that nobody can tell from here whether it still runs`;
    return new StoreError('STORE_LOCKED', unproven, known, byHand);
  }
}

/** A store whose lock could not be taken over once its holder was killed would be locked for ever. */
function checkNameLength(files: FileSystem, storePath: string, longest: string): void {
  try {
    files.resolve(longest);
  } catch (error) {
    if (!(error instanceof StoreError) || error.facts['errno'] !== 'ENAMETOOLONG') throw error;
    const extra = longest.length - storePath.length;
    const message = `the name of ${storePath} is too long: a writer needs files beside it with names ${extra} bytes longer`;
    const hint = `use a name that is at least ${extra} bytes shorter than what the file system takes (255 bytes on most)`;
    throw new StoreError('STORE_NAME_TOO_LONG', message, { path: storePath, extraBytes: extra }, hint, {
      cause: error,
    });
  }
}

function isCode(error: unknown, code: StoreError['code']): error is StoreError {
  return error instanceof StoreError && error.code === code;
}

/** The engine is synchronous: it sleeps in place. */
function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
