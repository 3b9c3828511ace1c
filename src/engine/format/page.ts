/** The slotted page: a header, slots from the front, items from the back, a checksum at the end. */
import { copyBytes } from '../bytes/bytes.js';
import { crc32 } from '../bytes/crc32.js';
import { CRC_OFFSET, PAGE_HEADER, PAGE_MAGIC, PAGE_SIZE, SLOT_LENGTH_OFFSET, SLOT_SIZE } from './layout.js';
import { isLeafType, keySuffixOf } from './page-types.js';

/** Where a page's items are gathered before they are laid out again. Only ever used within one call. */
const scratch = Buffer.alloc(PAGE_SIZE);
const scratchView = new DataView(scratch.buffer, scratch.byteOffset, PAGE_SIZE);

/**
 * A slotted page, changed in place. Slots grow upwards from the header, items grow down from the checksum; a removed or
 * moved item leaves dead bytes behind until the page is compacted.
 *
 * Invariant: `heapStart` is the lowest offset of any item, and `deadBytes` the bytes from there to the checksum that
 * no slot points at. Both are derived from the slots, once when the page is loaded.
 */
export class Page {
  readonly bytes: Buffer;
  readonly view: DataView;
  heapStart = CRC_OFFSET;
  deadBytes = 0;
  /** Bytes at the end of its keys that are compared after all others; told by the type, like `heapStart`. */
  keySuffix = 0;
  /** What the checksum covers, made once: to make it takes a quarter of the time of the checksum. */
  #covered: Buffer | undefined;

  /** @param bytes where the page is: memory of its own, or a part of a larger buffer */
  constructor(bytes: Buffer = Buffer.allocUnsafeSlow(PAGE_SIZE)) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, PAGE_SIZE);
  }

  /** The format that the page says. */
  get version(): number {
    return this.view.getUint8(PAGE_HEADER.versionOffset);
  }

  get type(): number {
    return this.view.getUint8(PAGE_HEADER.typeOffset);
  }

  /** Whether a page of a tree is a leaf. */
  get isLeaf(): boolean {
    return isLeafType(this.type);
  }

  get itemCount(): number {
    return this.view.getUint16(PAGE_HEADER.itemCountOffset, true);
  }

  get storedCrc(): number {
    return this.view.getUint32(CRC_OFFSET, true);
  }

  computeCrc(): number {
    return crc32((this.#covered ??= this.bytes.subarray(0, CRC_OFFSET)));
  }

  itemOffset(index: number): number {
    return this.view.getUint16(PAGE_HEADER.size + index * SLOT_SIZE, true);
  }

  itemLength(index: number): number {
    return this.view.getUint16(PAGE_HEADER.size + index * SLOT_SIZE + SLOT_LENGTH_OFFSET, true);
  }

  /** Bytes left for items and their slots, dead ones included. */
  get freeBytes(): number {
    return this.heapStart - this.#slotsEnd(this.itemCount) + this.deadBytes;
  }

  /** Makes this an empty page of a type: no items, reserved bytes zero. */
  initialize(type: number, version: number): void {
    this.bytes.fill(0, 0, PAGE_HEADER.size);
    this.view.setUint32(PAGE_HEADER.magicOffset, PAGE_MAGIC, true);
    this.view.setUint8(PAGE_HEADER.versionOffset, version);
    this.view.setUint8(PAGE_HEADER.typeOffset, type);
    this.keySuffix = keySuffixOf(type);
    this.clear();
  }

  /** Drops all items. */
  clear(): void {
    this.#setItemCount(0);
    this.heapStart = CRC_OFFSET;
    this.deadBytes = 0;
  }

  /** Becomes a copy of another page. */
  copyFrom(other: Page): void {
    this.bytes.set(other.bytes);
    this.heapStart = other.heapStart;
    this.deadBytes = other.deadBytes;
    this.keySuffix = other.keySuffix;
  }

  /**
   * Opens a new item of `length` bytes at `index` and moves the later slots up. Returns its offset; its bytes are for
   * the caller to fill. The caller has seen that `freeBytes` covers the item and its slot.
   */
  insertItem(index: number, length: number): number {
    const count = this.itemCount;
    if (this.heapStart - this.#slotsEnd(count) < length + SLOT_SIZE) this.#compact();
    const slot = this.#slotsEnd(index);
    if (index < count) this.bytes.copyWithin(slot + SLOT_SIZE, slot, this.#slotsEnd(count));
    this.#setItemCount(count + 1);
    this.heapStart -= length;
    this.#setSlot(index, this.heapStart, length);
    return this.heapStart;
  }

  /**
   * Opens a gap of `gap` bytes inside an item, `at` bytes from its start. Returns the item's new offset; the gap is
   * for the caller to fill. The caller has seen that `freeBytes` covers it.
   */
  growItem(index: number, at: number, gap: number): number {
    const offset = this.itemOffset(index);
    const length = this.itemLength(index);
    const lowest = offset === this.heapStart;
    const contiguous = this.heapStart - this.#slotsEnd(this.itemCount);
    if (contiguous < (lowest ? gap : length + gap)) {
      this.#compact(index, at, gap);
      return this.itemOffset(index);
    }
    const grown = this.heapStart - gap - (lowest ? 0 : length);
    this.bytes.copyWithin(grown, offset, offset + at);
    if (!lowest) {
      this.bytes.copyWithin(grown + at + gap, offset + at, offset + length);
      this.deadBytes += length;
    }
    this.heapStart = grown;
    this.#setSlot(index, grown, length + gap);
    return grown;
  }

  /** Removes an item and its slot; its bytes become dead. */
  removeItem(index: number): void {
    const count = this.itemCount;
    const offset = this.itemOffset(index);
    const length = this.itemLength(index);
    this.bytes.copyWithin(this.#slotsEnd(index), this.#slotsEnd(index + 1), this.#slotsEnd(count));
    this.#setItemCount(count - 1);
    if (offset === this.heapStart) this.measure();
    else this.deadBytes += length;
  }

  /** Adds a copy of an item of some other bytes after the last one. */
  appendItem(source: DataView, offset: number, length: number): void {
    copyBytes(source, offset, this.view, this.insertItem(this.itemCount, length), length);
  }

  /**
   * Makes the page ready to be written: items in slot order without gaps, unused bytes zero, checksum right. The bytes
   * then depend on what the page holds and on nothing else, such as the order of changes or when the cache had room.
   */
  finalize(): void {
    if (!this.#isCompact()) this.#compact();
    this.bytes.fill(0, this.#slotsEnd(this.itemCount), this.heapStart);
    this.seal();
  }

  /** Makes the checksum right. */
  seal(): void {
    this.view.setUint32(CRC_OFFSET, this.computeCrc(), true);
  }

  /** Derives `heapStart`, `deadBytes` and `keySuffix` from a page that has been checked. */
  measure(): void {
    this.keySuffix = keySuffixOf(this.type);
    let live = 0;
    this.heapStart = CRC_OFFSET;
    for (let index = this.itemCount - 1; index >= 0; index--) {
      const offset = this.itemOffset(index);
      if (offset < this.heapStart) this.heapStart = offset;
      live += this.itemLength(index);
    }
    this.deadBytes = CRC_OFFSET - this.heapStart - live;
  }

  #isCompact(): boolean {
    let end = CRC_OFFSET;
    for (let index = 0; index < this.itemCount; index++) {
      end -= this.itemLength(index);
      if (this.itemOffset(index) !== end) return false;
    }
    return true;
  }

  #slotsEnd(count: number): number {
    return PAGE_HEADER.size + count * SLOT_SIZE;
  }

  #setItemCount(count: number): void {
    this.view.setUint16(PAGE_HEADER.itemCountOffset, count, true);
    this.view.setUint16(PAGE_HEADER.freeOffsetOffset, this.#slotsEnd(count), true);
  }

  #setSlot(index: number, offset: number, length: number): void {
    const slot = this.#slotsEnd(index);
    this.view.setUint16(slot, offset, true);
    this.view.setUint16(slot + SLOT_LENGTH_OFFSET, length, true);
  }

  /** Lays all items out again in slot order, without dead bytes; one of them may be given a gap on the way. */
  #compact(growIndex = -1, at = 0, gap = 0): void {
    scratch.set(this.bytes);
    const count = this.itemCount;
    let end = CRC_OFFSET;
    for (let index = 0; index < count; index++) {
      const offset = this.itemOffset(index);
      const length = this.itemLength(index);
      if (index === growIndex) {
        const start = end - length - gap;
        copyBytes(scratchView, offset, this.view, start, at);
        copyBytes(scratchView, offset + at, this.view, start + at + gap, length - at);
        this.#setSlot(index, start, length + gap);
        end = start;
      } else {
        end -= length;
        copyBytes(scratchView, offset, this.view, end, length);
        this.#setSlot(index, end, length);
      }
    }
    this.heapStart = end;
    this.deadBytes = 0;
  }
}
