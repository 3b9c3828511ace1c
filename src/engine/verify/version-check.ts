/** Compares the versions in leaves with the applied position. */
import { ENTRY_OVERHEAD, VERSION_HEADER } from '../format/entry-layout.js';
import { keyLength } from '../format/items.js';
import type { Page } from '../format/page.js';
import { compareU64At, isMaxU64At, U64 } from '../bytes/u64.js';
import { ItemTally } from './item-tally.js';
import type { PositionCheck, PositionProblem } from './position-check.js';

/**
 * Holds the versions of sound leaves against the applied position. What a page shows of its versions by itself, that
 * they follow each other and do not overlap, is looked at where pages are (format/page-check.ts).
 */
export class VersionCheck implements PositionCheck {
  readonly #applied: U64;
  #versions = 0;
  #tornTo = 0n;
  #tornPages = 0;
  #hasApplied = false;

  constructor(private readonly appliedPosition: bigint) {
    this.#applied = U64.from(appliedPosition);
  }

  get versions(): number {
    return this.#versions;
  }

  get tornTo(): bigint | null {
    return this.#tornTo > 0n ? this.#tornTo : null;
  }

  get tornPages(): number {
    return this.#tornPages;
  }

  get hasApplied(): boolean {
    return this.#hasApplied;
  }

  checkLeaf(leaf: Page): PositionProblem[] {
    const torn = new ItemTally(leaf);
    const early = new ItemTally(leaf);
    for (let index = 1; index < leaf.itemCount; index++) this.#checkEntry(leaf, index, torn, early);
    const problems: PositionProblem[] = [];
    if (torn.count > 0) {
      const message = `${versionsOf(torn)} beyond the applied position ${this.appliedPosition}, up to ${torn.highest}`;
      const expected = `at most ${this.appliedPosition}`;
      problems.push({ code: 'version-torn', message, expected, found: torn.highest, ...torn.location() });
      this.#tornPages++;
      if (torn.highest > this.#tornTo) this.#tornTo = torn.highest;
    }
    if (early.count > 0) {
      const message = `${versionsOf(early)} at position 0, which no batch has`;
      problems.push({ code: 'version-position', message, expected: '1 or more', found: 0, ...early.location() });
    }
    return problems;
  }

  checkInternal(): PositionProblem[] {
    return [];
  }

  noteRecorded(): void {
    // This format records no positions beside the applied one.
  }

  #checkEntry(leaf: Page, index: number, torn: ItemTally, early: ItemTally): void {
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

function versionsOf({ count }: ItemTally): string {
  return count === 1 ? 'a version begins or ends' : `${count} versions begin or end`;
}
