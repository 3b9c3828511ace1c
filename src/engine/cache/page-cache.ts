/** The buffer pool: frames by page id, least recently used first out, pinned while they are in use. */
import { StoreError } from '../errors.js';
import { PAGE_SIZE } from '../format/layout.js';
import { Frame, UNCHECKED, UNUSED } from './frame.js';

export const MIN_CACHE_PAGES = 32;
export const DEFAULT_CACHE_PAGES = (64 * 1024 * 1024) / PAGE_SIZE;

/** Frames whose memory is asked for together. */
const SLAB_PAGES = 64;

/**
 * Frames that pages pass through which are read once, as in a scan: they are used again and again. To touch the memory
 * of the whole cache for the first time took a fifth of the scan of 1,000,000 rows.
 */
const PASSING_FRAMES = 16;

/** Where pages come from and, when they were changed, go to. */
export interface PageStorage {
  /**
   * Fills the frame with the newest copy of a page, checked. Says whether the page only passes through: whether it is
   * likely that it will not be asked for again after those that come after it.
   */
  load(pageId: number, frame: Frame): boolean;
  /** Takes a changed page out of the cache: a later `load` must give it back. */
  evict(frame: Frame): void;
}

/**
 * The pages in memory: at most `capacity`; the least recently used one is evicted first.
 *
 * A frame that was fetched is pinned until `release`. A caller pins all frames it needs at once (a page and its new
 * sibling; at most one tree path, for which the smallest cache has room), and unpins them before the next step. One
 * `release` unpins all of them, so that nothing has to be given back after an exception.
 */
export class PageCache {
  readonly #frames = new Map<number, Frame>();
  readonly #unused: Frame[] = [];
  /** The frames that are dirty: a commit looks for them, and they are few beside those that are not. */
  readonly #dirty = new Set<Frame>();
  /** Sentinel of the LRU ring: its `older` is the most recently used frame, its `newer` the least recently used one. */
  readonly #ring = new Frame();
  #made = 0;
  /** Pages that pass through, the one that came first first. */
  readonly #passing: Frame[] = [];
  #slab = Buffer.alloc(0);
  #pin = 1;

  constructor(
    readonly capacity: number,
    private readonly storage: PageStorage,
  ) {
    if (!Number.isSafeInteger(capacity) || capacity < MIN_CACHE_PAGES) {
      const message = `a cache has at least ${MIN_CACHE_PAGES} pages, not ${capacity}`;
      throw new StoreError('INVALID_ARGUMENT', message, { cachePages: capacity });
    }
  }

  /** The frame of a page, loaded when it is not there. It is pinned until `release`. */
  fetch(pageId: number): Frame {
    const cached = this.#frames.get(pageId);
    if (cached !== undefined) {
      cached.pin = this.#pin;
      if (this.#ring.older !== cached) this.#touch(cached);
      return cached;
    }
    const frame = this.allocateFrame();
    let passes: boolean;
    try {
      passes = this.storage.load(pageId, frame);
    } catch (error) {
      this.freeFrame(frame);
      throw error;
    }
    this.put(pageId, frame, false);
    if (passes) this.#letPass(frame);
    return frame;
  }

  /** Gives up the page that passed longest ago, unless it was asked for again. */
  #letPass(frame: Frame): void {
    frame.passes = true;
    this.#passing.push(frame);
    if (this.#passing.length <= PASSING_FRAMES) return;
    const [first] = this.#passing.splice(0, 1);
    if (first?.passes === true && first.pin !== this.#pin) this.drop(first.pageId);
  }

  /** Unpins all frames that were fetched so far. */
  release(): void {
    this.#pin++;
  }

  /** Puts a filled frame, from `allocateFrame`, in as a page's. It is pinned until `release`. */
  put(pageId: number, frame: Frame, dirty: boolean): void {
    frame.pageId = pageId;
    if (dirty) this.markDirty(frame);
    frame.checkedFor = UNCHECKED;
    frame.changedIn = 0;
    frame.pin = this.#pin;
    this.#frames.set(pageId, frame);
    this.#linkNewest(frame);
  }

  /** The page in a frame differs from the copy that a later fetch would read. */
  markDirty(frame: Frame): void {
    frame.dirty = true;
    this.#dirty.add(frame);
  }

  /** A later fetch would read what is in the frame. */
  markClean(frame: Frame): void {
    frame.dirty = false;
    this.#dirty.delete(frame);
  }

  /** A frame that holds no page: a new one, or that of the least recently used page. */
  allocateFrame(): Frame {
    const unused = this.#unused.pop();
    if (unused !== undefined) return unused;
    if (this.#made < this.capacity) {
      return this.#make();
    }
    const victim = this.#leastRecentlyUsed();
    if (victim.dirty) this.storage.evict(victim);
    this.#remove(victim);
    return victim;
  }

  /** Takes back a frame that came from `allocateFrame`. */
  freeFrame(frame: Frame): void {
    this.#unused.push(frame);
  }

  /** Whether a page can come in without another one being evicted. */
  get hasRoom(): boolean {
    return this.#unused.length > 0 || this.#made < this.capacity;
  }

  /** The frame of a page if it is in memory, without using it. */
  peek(pageId: number): Frame | undefined {
    return this.#frames.get(pageId);
  }

  /** Forgets a page, changed or not. */
  drop(pageId: number): void {
    const frame = this.#frames.get(pageId);
    if (frame === undefined) return;
    this.#remove(frame);
    this.freeFrame(frame);
  }

  /** Forgets the pages of all frames that match. */
  dropWhere(matches: (frame: Frame) => boolean): void {
    for (const frame of this.#frames.values()) if (matches(frame)) this.drop(frame.pageId);
  }

  /** All changed frames, ascending by page id. */
  dirtyFrames(): Frame[] {
    return [...this.#dirty].sort((a, b) => a.pageId - b.pageId);
  }

  /** Memory comes for many frames at once: asking for it takes longer than reading a page. */
  #make(): Frame {
    const index = this.#made++ % SLAB_PAGES;
    if (index === 0)
      this.#slab = Buffer.allocUnsafeSlow(Math.min(SLAB_PAGES, this.capacity - this.#made + 1) * PAGE_SIZE);
    return new Frame(this.#slab.subarray(index * PAGE_SIZE, (index + 1) * PAGE_SIZE));
  }

  #leastRecentlyUsed(): Frame {
    for (let frame = this.#ring.newer; frame !== this.#ring; frame = frame.newer) {
      if (frame.pin !== this.#pin) return frame;
    }
    throw new Error(`all ${this.capacity} pages of the cache are in use at once`);
  }

  #remove(frame: Frame): void {
    this.#frames.delete(frame.pageId);
    this.#unlink(frame);
    if (frame.dirty) this.markClean(frame);
    frame.pageId = UNUSED;
    frame.passes = false;
  }

  #touch(frame: Frame): void {
    if (frame !== this.#passing.at(-1)) frame.passes = false;
    this.#unlink(frame);
    this.#linkNewest(frame);
  }

  #unlink(frame: Frame): void {
    frame.newer.older = frame.older;
    frame.older.newer = frame.newer;
  }

  #linkNewest(frame: Frame): void {
    frame.newer = this.#ring;
    frame.older = this.#ring.older;
    this.#ring.older.newer = frame;
    this.#ring.older = frame;
  }
}
