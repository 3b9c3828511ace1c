/** Compares the versions in leaves with the applied position. */
import { ENTRY_OVERHEAD, VERSION_HEADER } from '../format/entry-layout.js';
import type { KeyRef } from '../bytes/bytes.js';
import { keyAt, keyLength } from '../format/items.js';
import type { Page } from '../format/page.js';
import { compareU64At, isMaxU64At, readU64, U64 } from '../bytes/u64.js';
import type { FindingCode } from './finding-kinds.js';
import type { FindingFacts, KeySpan } from './findings.js';
import { spanFromTo } from './key-spans.js';

/** Versions of a leaf that no log can have made: where the first is, and how many keys there are. */
export interface VersionProblem extends FindingFacts {
  readonly code: FindingCode;
  readonly keys: KeySpan;
}

const NOWHERE = -1;

/**
 * Holds the versions of sound leaves against the applied position. What a page shows of its versions by itself, that
 * they follow each other and do not overlap, is looked at where pages are (format/page-check.ts).
 */
export class VersionCheck {
  readonly #applied: U64;
  #versions = 0;
  #tornTo = 0n;
  #tornPages = 0;
  #hasApplied = false;

  constructor(private readonly appliedPosition: bigint) {
    this.#applied = U64.from(appliedPosition);
  }

  /** Versions seen in all. */
  get versions(): number {
    return this.#versions;
  }

  /** The highest position beyond the applied one that a version begins or ends at; null when there is none. */
  get tornTo(): bigint | null {
    return this.#tornTo > 0n ? this.#tornTo : null;
  }

  /** Leaves with versions from beyond the applied position. */
  get tornPages(): number {
    return this.#tornPages;
  }

  /** Whether a version begins or ends at the applied position. */
  get hasApplied(): boolean {
    return this.#hasApplied;
  }

  /** At most one problem of each kind for the whole leaf. */
  check(leaf: Page): VersionProblem[] {
    const torn = new Tally(leaf);
    const early = new Tally(leaf);
    for (let index = 1; index < leaf.itemCount; index++) this.#checkEntry(leaf, index, torn, early);
    const problems: VersionProblem[] = [];
    if (torn.count > 0) {
      const message = `${torn.text()} beyond the applied position ${this.appliedPosition}, up to ${torn.highest}`;
      const expected = `at most ${this.appliedPosition}`;
      problems.push({ code: 'version-torn', message, expected, found: torn.highest, ...torn.location() });
      this.#tornPages++;
      if (torn.highest > this.#tornTo) this.#tornTo = torn.highest;
    }
    if (early.count > 0) {
      const message = `${early.text()} at position 0, which no batch has`;
      problems.push({ code: 'version-position', message, expected: '1 or more', found: 0, ...early.location() });
    }
    return problems;
  }

  #checkEntry(leaf: Page, index: number, torn: Tally, early: Tally): void {
    const { view } = leaf;
    const end = leaf.itemOffset(index) + leaf.itemLength(index);
    let version = leaf.itemOffset(index) + keyLength(leaf, index) + ENTRY_OVERHEAD;
    while (version < end) {
      const created = version + VERSION_HEADER.createdAtOffset;
      const deleted = version + VERSION_HEADER.deletedAtOffset;
      this.#versions++;
      if (view.getUint32(created, true) === 0 && view.getUint32(created + 4, true) === 0) early.add(index, created);
      const begin = compareU64At(view, created, this.#applied);
      const endsAfter = compareU64At(view, deleted, this.#applied);
      const endsBeyond = endsAfter > 0 && !isMaxU64At(view, deleted);
      if (begin === 0 || endsAfter === 0) this.#hasApplied = true;
      if (begin > 0) torn.add(index, created, endsBeyond ? deleted : created);
      else if (endsBeyond) torn.add(index, deleted);
      version += VERSION_HEADER.size + view.getUint32(version + VERSION_HEADER.lengthOffset, true);
    }
  }
}

/** Counts versions with a problem in one leaf, and remembers the place of the first and of the last. */
class Tally {
  count = 0;
  highest = 0n;
  #first = NOWHERE;
  #last = NOWHERE;
  #offset = NOWHERE;

  constructor(private readonly leaf: Page) {}

  /** @param offset where the position is that is wrong; `highest` where the highest one of the version does */
  add(index: number, offset: number, highest = offset): void {
    if (this.count++ === 0) [this.#first, this.#offset] = [index, offset];
    this.#last = index;
    const position = readU64(this.leaf.view, highest);
    if (position > this.highest) this.highest = position;
  }

  text(): string {
    return this.count === 1 ? 'a version begins or ends' : `${this.count} versions begin or end`;
  }

  location(): { readonly offset: number; readonly keys: KeySpan } {
    return { offset: this.#offset, keys: spanFromTo(this.#key(this.#first), this.#key(this.#last)) };
  }

  #key(index: number): KeyRef {
    return keyAt(this.leaf, index);
  }
}
