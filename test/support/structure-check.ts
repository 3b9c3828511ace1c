/**
 * An independent structural checker of a format-1 file.
 *
 * Every test that writes a store ends here: sorted, linked, filled, right checksums, every page reached exactly once.
 */
import { compareBigint, hex, U64_MAX } from './bytes.js';
import {
  type DecodeOptions,
  decodePage,
  decodeSuperblock,
  isOpen,
  PAGE_BYTES,
  pageOf,
  type RawEntry,
  type RawInternal,
  type RawLeaf,
  type RawSuperblock,
  type RawTable,
  type Report,
} from './format1-decode.js';

export interface Problem {
  readonly page: number;
  readonly rule: string;
  readonly message: string;
}

export interface StructureOptions extends DecodeOptions {
  readonly allowUnsortedTables: boolean;
  readonly allowLeaks: boolean;
  readonly allowEmptyLeaves: boolean;
  /** `created at` = `deleted at`: a key written twice in one batch. */
  readonly allowEqualPositions: boolean;
}

/** What a file that this project wrote from scratch must keep. */
export const OWN_FILES: StructureOptions = {
  allowStaleBytes: false,
  allowUnsortedTables: false,
  allowLeaks: false,
  allowEmptyLeaves: false,
  allowEqualPositions: false,
};

/** What the Rust crate leaves behind in files that are sound otherwise. */
export const CRATE_FILES: StructureOptions = {
  allowStaleBytes: true,
  allowUnsortedTables: true,
  allowLeaks: false,
  allowEmptyLeaves: true,
  allowEqualPositions: true,
};

/** Half-open: a key must be ≥ `from` and < `to`. */
interface Bounds {
  readonly from: Buffer | undefined;
  readonly to: Buffer | undefined;
}

export function checkStructure(file: Buffer, options: StructureOptions = OWN_FILES): Problem[] {
  return new StructureCheck(file, options).run();
}

class StructureCheck {
  private readonly problems: Problem[] = [];
  private readonly visited = new Set<number>();
  private readonly pageCount: number;
  private applied = 0n;

  constructor(
    private readonly file: Buffer,
    private readonly options: StructureOptions,
  ) {
    this.pageCount = Math.floor(file.length / PAGE_BYTES);
  }

  run(): Problem[] {
    if (this.file.length % PAGE_BYTES !== 0)
      this.add(0, 'file-length', `${this.file.length} bytes are not whole pages`);
    if (this.pageCount === 0) {
      this.add(0, 'file-length', 'no superblock');
      return this.problems;
    }
    const superblock = decodeSuperblock(pageOf(this.file, 0), this.options, this.reportOn(0));
    if (superblock === undefined) return this.problems;
    this.applied = superblock.appliedPosition;
    this.checkSuperblock(superblock);
    for (const table of superblock.tables) this.checkTable(table);
    if (!this.options.allowLeaks) this.checkLeaks();
    return this.problems;
  }

  private checkSuperblock(superblock: RawSuperblock): void {
    if (superblock.appliedPosition === U64_MAX) this.add(0, 'applied-position', 'beyond the last possible position');
    if (superblock.appliedPosition === 0n && superblock.appliedHash.some((byte) => byte !== 0)) {
      this.add(0, 'applied-hash', 'a hash although nothing is applied');
    }
    if (superblock.nextPageId !== BigInt(this.pageCount)) {
      this.add(0, 'next-page-id', `${superblock.nextPageId}, but the file has ${this.pageCount} pages`);
    }
    const ids = superblock.tables.map((table) => table.id);
    if (new Set(ids).size !== ids.length) this.add(0, 'table-ids', 'a table id occurs twice');
    const sorted = [...ids].sort(compareBigint);
    if (!this.options.allowUnsortedTables && ids.some((id, index) => id !== sorted[index])) {
      this.add(0, 'table-ids', 'table ids are not ascending');
    }
  }

  private checkTable(table: RawTable): void {
    if (table.root === U64_MAX || table.height === 0) {
      if (table.root === U64_MAX && table.height === 0) return;
      return void this.add(
        0,
        'root',
        `table ${table.id}: root ${table.root} and height ${table.height} contradict each other`,
      );
    }
    const leaves: { pageId: number; leaf: RawLeaf }[] = [];
    this.visit(table.root, 0, table.height, { from: undefined, to: undefined }, leaves);
    for (const [index, { pageId, leaf }] of leaves.entries()) {
      const following = leaves[index + 1];
      const expected = following === undefined ? U64_MAX : BigInt(following.pageId);
      if (leaf.next !== expected) this.add(pageId, 'next-leaf', `next leaf ${leaf.next}, the tree says ${expected}`);
    }
  }

  /** `height` is what is left of the recorded one: 1 where a leaf is due. */
  private visit(
    id: bigint,
    parent: number,
    height: number,
    bounds: Bounds,
    leaves: { pageId: number; leaf: RawLeaf }[],
  ): void {
    if (id < 1n || id >= BigInt(this.pageCount))
      return void this.add(parent, 'child', `points to page ${id}, outside the file`);
    const pageId = Number(id);
    if (this.visited.has(pageId)) return void this.add(pageId, 'shared', 'reached a second time');
    this.visited.add(pageId);
    const page = decodePage(pageOf(this.file, pageId), this.options, this.reportOn(pageId));
    if (page === undefined) return;
    if (page.kind === 'leaf') {
      if (height !== 1) this.add(pageId, 'height', `a leaf ${height - 1} levels too high`);
      this.checkLeaf(pageId, page, bounds);
      leaves.push({ pageId, leaf: page });
      return;
    }
    if (height <= 1) return void this.add(pageId, 'height', 'an internal page where a leaf is due');
    this.checkInternal(pageId, page, bounds);
    for (const [index, child] of page.children.entries()) {
      const from = index === 0 ? bounds.from : page.separators[index - 1];
      this.visit(child, pageId, height - 1, { from, to: page.separators[index] ?? bounds.to }, leaves);
    }
  }

  private checkLeaf(pageId: number, leaf: RawLeaf, bounds: Bounds): void {
    if (leaf.entries.length === 0 && !this.options.allowEmptyLeaves) this.add(pageId, 'empty-leaf', 'holds no entry');
    this.checkKeys(
      pageId,
      leaf.entries.map((entry) => entry.key),
      bounds,
    );
    for (const entry of leaf.entries) this.checkVersions(pageId, entry);
  }

  private checkInternal(pageId: number, page: RawInternal, bounds: Bounds): void {
    if (page.separators.length === 0) this.add(pageId, 'no-separator', 'an internal page with a single child');
    this.checkKeys(pageId, page.separators, bounds);
    const [first] = page.separators;
    if (first !== undefined && bounds.from !== undefined && first.equals(bounds.from))
      this.add(pageId, 'key-bounds', 'item 1 is not above the separator');
  }

  private checkKeys(pageId: number, keys: readonly Buffer[], bounds: Bounds): void {
    for (const [index, key] of keys.entries()) {
      const before = keys[index - 1];
      if (key.length > 1024) this.add(pageId, 'key-length', `${key.length} bytes`);
      if (before !== undefined && before.compare(key) >= 0)
        this.add(pageId, 'key-order', `item ${index + 1} is not above the one before`);
      if (bounds.from !== undefined && key.compare(bounds.from) < 0)
        this.add(pageId, 'key-bounds', `item ${index + 1} is below the separator`);
      if (bounds.to !== undefined && key.compare(bounds.to) >= 0)
        this.add(pageId, 'key-bounds', `item ${index + 1} is not below the next separator`);
    }
  }

  private checkVersions(pageId: number, entry: RawEntry): void {
    const problem = (rule: string, message: string): void =>
      this.add(pageId, rule, `key ${hex(entry.key)}: ${message}`);
    for (const [index, version] of entry.versions.entries()) {
      const { createdAt, deletedAt } = version;
      const newer = entry.versions[index - 1];
      if (createdAt === 0n) problem('version-position', 'created at position 0');
      if (createdAt > deletedAt) problem('version-inverted', `created at ${createdAt}, deleted at ${deletedAt}`);
      if (createdAt === deletedAt && !this.options.allowEqualPositions)
        problem('version-empty', `created and deleted at ${createdAt}`);
      if (createdAt > this.applied || (!isOpen(version) && deletedAt > this.applied)) {
        problem('version-torn', `${createdAt}..${deletedAt} reaches beyond the applied position ${this.applied}`);
      }
      if (newer !== undefined && deletedAt > newer.createdAt)
        problem('version-overlap', `${createdAt}..${deletedAt} runs into ${newer.createdAt}`);
    }
  }

  private checkLeaks(): void {
    for (let pageId = 1; pageId < this.pageCount; pageId += 1) {
      if (!this.visited.has(pageId)) this.add(pageId, 'leak', 'no table reaches this page');
    }
  }

  private reportOn(page: number): Report {
    return (rule, message) => this.add(page, rule, message);
  }

  private add(page: number, rule: string, message: string): void {
    this.problems.push({ page, rule, message });
  }
}
