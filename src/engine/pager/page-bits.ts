/** A set of pages: a bit each, in groups of neighbours of which those without any take no memory. */
import { PAGES_PER_GROUP } from '../format/superblock.js';
import { GROUP_BYTES } from '../format/v2/records.js';

/** The bits of one group, the least first. */
export interface BitGroup {
  readonly bits: Uint8Array;
  count: number;
}

export class PageBits {
  readonly #groups = new Map<number, BitGroup>();
  /** The numbers of the groups, ascending, as long as none is made or forgotten. */
  #inOrder: readonly number[] | undefined;
  #count = 0;

  /** Pages in the set. */
  get count(): number {
    return this.#count;
  }

  /** The groups that have pages, ascending. */
  get groups(): readonly number[] {
    return (this.#inOrder ??= [...this.#groups.keys()].sort((a, b) => a - b));
  }

  group(group: number): BitGroup | undefined {
    return this.#groups.get(group);
  }

  has(pageId: number): boolean {
    if (this.#count === 0) return false;
    const found = this.#groups.get(groupOf(pageId));
    return found !== undefined && ((found.bits[byteOf(pageId)] as number) & maskOf(pageId)) !== 0;
  }

  /** Adds a page; nothing, when it is there. */
  add(pageId: number): void {
    const { bits } = this.#groups.get(groupOf(pageId)) ?? this.#makeGroup(groupOf(pageId));
    const byte = byteOf(pageId);
    const before = bits[byte] as number;
    bits[byte] = before | maskOf(pageId);
    if (bits[byte] !== before) this.#counted(groupOf(pageId), 1);
  }

  /** Removes a page; nothing, when it is not there. */
  delete(pageId: number): void {
    const bits = this.#groups.get(groupOf(pageId))?.bits;
    if (bits === undefined) return;
    const byte = byteOf(pageId);
    const before = bits[byte] as number;
    bits[byte] = before & ~maskOf(pageId);
    if (bits[byte] !== before) this.#counted(groupOf(pageId), -1);
  }

  clear(): void {
    this.#groups.clear();
    this.#inOrder = undefined;
    this.#count = 0;
  }

  /** All pages, ascending. */
  *pageIds(): Generator<number> {
    for (const group of this.groups) {
      const { bits } = this.#groups.get(group) as BitGroup;
      for (let byte = 0; byte < GROUP_BYTES; byte++) {
        for (let left = bits[byte] as number, bit = 0; left !== 0; left >>>= 1, bit++) {
          if ((left & 1) !== 0) yield group * PAGES_PER_GROUP + byte * 8 + bit;
        }
      }
    }
  }

  #makeGroup(group: number): BitGroup {
    const made = { bits: new Uint8Array(GROUP_BYTES), count: 0 };
    this.#groups.set(group, made);
    this.#inOrder = undefined;
    return made;
  }

  #counted(group: number, change: number): void {
    const found = this.#groups.get(group) as BitGroup;
    found.count += change;
    this.#count += change;
    if (found.count > 0) return;
    this.#groups.delete(group);
    this.#inOrder = undefined;
  }
}

export function groupOf(pageId: number): number {
  return Math.floor(pageId / PAGES_PER_GROUP);
}

function byteOf(pageId: number): number {
  return Math.floor((pageId % PAGES_PER_GROUP) / 8);
}

function maskOf(pageId: number): number {
  return 1 << (pageId % 8);
}
