/** Every version in a store and the pages that it is on, found by the independent decoders. */
import { hex } from './bytes.js';
import { decodePage, decodeSuperblock, isOpen, pageOf, type RawEntry } from './format1-decode.js';
import { decodeFormat2 } from './format2-decode.js';
import type { Key2, Table2 } from './format2/tables.js';
import { valueBytes } from './format2/values.js';

export interface StoredVersion {
  readonly table: bigint;
  readonly keyHex: string;
  readonly createdAt: bigint;
  readonly deletedAt: bigint | null;
  readonly value: string;
  /** All of them are needed to read it. */
  readonly pages: readonly number[];
}

export function storedVersions(file: Buffer): StoredVersion[] {
  return file.readUInt32LE(8) === 1 ? inFormat1(file) : decodeFormat2(file).tables.flatMap(inTable2);
}

/** The pages of the trees of a store, by table; those of values not among them. */
export function treePages(file: Buffer): Map<bigint, number[]> {
  if (file.readUInt32LE(8) !== 1) {
    return new Map(
      decodeFormat2(file).tables.map(({ record, current, history }) => [
        record.id,
        [...current.pages, ...history.pages].map(({ id }) => id),
      ]),
    );
  }
  return new Map(rootsOf1(file).map(({ id, root }) => [id, [...walk1(file, root)].map(({ page }) => page)]));
}

/** The root pages of all trees. */
export function rootPages(file: Buffer): number[] {
  if (file.readUInt32LE(8) === 1) return rootsOf1(file).map(({ root }) => root);
  return decodeFormat2(file).tables.flatMap(({ record: { root, historyRoot } }) =>
    [root, historyRoot].filter((id) => id > 0),
  );
}

function inTable2({ record, keys, values }: Table2): StoredVersion[] {
  return [...keys.values()].flatMap((key) => ofKey2(record.id, key, values));
}

function ofKey2(table: bigint, { key, events }: Key2, values: Table2['values']): StoredVersion[] {
  return events.flatMap(({ page, event }, index) => {
    if (event.kind === 'deleted') return [];
    const value = event.kind === 'inline' ? undefined : values.get(event);
    return [
      {
        table,
        keyHex: hex(key),
        createdAt: event.position,
        deletedAt: events[index - 1]?.event.position ?? null,
        value: hex(event.kind === 'inline' ? event.value : (valueBytes(value!) ?? Buffer.alloc(0))),
        pages: [page.id, ...(value?.pages ?? []).map(({ id }) => id)],
      },
    ];
  });
}

interface Walked1 {
  readonly page: number;
  readonly entries: readonly RawEntry[];
}

const ignore = (): void => undefined;
const LENIENT = { allowStaleBytes: true };

function rootsOf1(file: Buffer): { id: bigint; root: number }[] {
  const { tables } = decodeSuperblock(pageOf(file, 0), LENIENT, ignore)!;
  return tables.filter(({ height }) => height > 0).map(({ id, root }) => ({ id, root: Number(root) }));
}

function* walk1(file: Buffer, page: number): Generator<Walked1> {
  const content = decodePage(pageOf(file, page), LENIENT, ignore)!;
  yield { page, entries: content.kind === 'leaf' ? content.entries : [] };
  if (content.kind === 'internal') for (const child of content.children) yield* walk1(file, Number(child));
}

function inFormat1(file: Buffer): StoredVersion[] {
  return rootsOf1(file).flatMap(({ id, root }) =>
    [...walk1(file, root)].flatMap(({ page, entries }) =>
      entries.flatMap(({ key, versions }) =>
        versions
          .filter(({ createdAt, deletedAt }) => createdAt !== deletedAt)
          .map((version) => ({
            table: id,
            keyHex: hex(key),
            createdAt: version.createdAt,
            deletedAt: isOpen(version) ? null : version.deletedAt,
            value: hex(version.data),
            pages: [page],
          })),
      ),
    ),
  );
}
