/** The superblock of format 2 for a dump: after its fields come records, while they fit. */
import type { Fault } from '../bytes/fault.js';
import { decode } from '../bytes/field-structure.js';
import { CRC_OFFSET } from '../format/layout.js';
import { type RecordPlace, recordPlaces, TABLE } from '../format/v2/records.js';
import { RECORD_HEADER, SUPERBLOCK_2_FIELDS, TABLE_RECORD } from '../format/v2/structures.js';
import { heightProblem, rootProblem } from './superblock-tables.js';
import { endOf, itemPart, type Part, readPart } from './parts.js';
import { recordBody } from './record-parts.js';
import type { SuperblockAnatomy } from './superblock-tables.js';

const { offsets } = SUPERBLOCK_2_FIELDS;
const FIRST_PAGE = 2;

export const RECORDS_IN_SUPERBLOCK: SuperblockAnatomy = {
  fields: SUPERBLOCK_2_FIELDS,
  rest: 'rest',
  listParts(bytes, end) {
    return [...placesIn(bytes, end)].map((place, index) => recordPart(place, index, bytes));
  },
  *rootProblems(bytes, filePages) {
    for (const place of placesIn(bytes, CRC_OFFSET)) {
      if (place.kind === TABLE && place.length >= TABLE_RECORD.fixedSize) yield* tableProblems(place, bytes, filePages);
    }
    const { catalogueRoot, catalogueHeight } = decode(SUPERBLOCK_2_FIELDS, bytes, 0);
    yield* treeProblems('the catalogue', catalogueRoot, catalogueHeight, filePages, {
      root: offsets.catalogueRoot,
      height: offsets.catalogueHeight,
    });
  },
};

/** The records of which all bytes are there. */
function* placesIn(bytes: Buffer, end: number): Generator<RecordPlace> {
  if (bytes.length < SUPERBLOCK_2_FIELDS.fixedSize) return;
  const page = Buffer.alloc(CRC_OFFSET);
  bytes.copy(page, 0, 0, end);
  for (const place of recordPlaces(page, bytes.readUInt32LE(offsets.recordCount))) {
    if (place.offset + place.length > end) return;
    yield place;
  }
}

function recordPart({ kind, id, start, offset, length }: RecordPlace, index: number, bytes: Buffer): Part {
  const end = offset + length;
  const record = readPart('record', RECORD_HEADER, bytes, start, end, index);
  return itemPart(record, recordBody(kind, id, bytes, endOf(record), end), bytes, end);
}

function* tableProblems({ id, offset }: RecordPlace, bytes: Buffer, filePages: number): Generator<Fault> {
  const { root, height, historyRoot, historyHeight } = decode(TABLE_RECORD, bytes, offset);
  const at = (name: keyof typeof TABLE_RECORD.offsets): number => offset + TABLE_RECORD.offsets[name];
  yield* treeProblems(`table ${id}`, root, height, filePages, { root: at('root'), height: at('height') });
  yield* treeProblems(`the history of table ${id}`, historyRoot, historyHeight, filePages, {
    root: at('historyRoot'),
    height: at('historyHeight'),
  });
}

function* treeProblems(
  name: string,
  root: number,
  height: number,
  filePages: number,
  at: { readonly root: number; readonly height: number },
): Generator<Fault> {
  if (root !== 0) yield* rootProblem(name, BigInt(root), at.root, FIRST_PAGE, filePages);
  yield* heightProblem(name, root === 0 ? null : BigInt(root), height, at.height);
}
