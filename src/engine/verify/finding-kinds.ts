/**
 * What can be wrong with a store: a stable code for each kind of finding, how bad it is, what it means and what to do.
 * docs/VERIFY.md has the same table; a test holds them together.
 */

import type { StoreErrorCode } from '../errors.js';

/**
 * `corrupt`: content is wrong or out of reach, or readers would be misled. `torn`: a crash left versions from beyond
 * the applied position. `leak`: pages or bytes that nothing points to, whatever they hold. `odd`: redundant or reserved
 * bytes are not as they should be.
 */
export type Severity = 'corrupt' | 'torn' | 'leak' | 'odd';

/** The worst first. */
export const SEVERITIES: readonly Severity[] = ['corrupt', 'torn', 'leak', 'odd'];

/** What had to be looked at to find it. */
export type Level = 'superblock' | 'page' | 'tree' | 'mvcc';

/** The error that a finding of damage at a level is, for whoever cannot go on because of it. */
export const DAMAGE_CODES = {
  superblock: 'SUPERBLOCK_CORRUPTED',
  page: 'PAGE_CORRUPTED',
  tree: 'TREE_CORRUPTED',
  mvcc: 'TREE_CORRUPTED',
} as const satisfies Record<Level, StoreErrorCode>;

export interface FindingKind {
  readonly severity: Severity;
  readonly level: Level;
  readonly meaning: string;
  /** What to do about it. In commands STORE is the store, NEW a file to be made, LOG the log of the store. */
  readonly remedy: string;
}

const PATH =
  'see whether the path is right; if a store should be there, restore a backup, or make a new one of the whole log: kmb-store replay NEW LOG';
const RELEASE = 'read it with the release of the software that wrote it';
const OR_LOG = 'with --log LOG all of it; or restore a backup';
const REBUILD = `kmb-store salvage STORE NEW saves all but what was on damaged pages, ${OR_LOG}`;
const HEADLESS = `kmb-store salvage STORE NEW finds the rows without the superblock, ${OR_LOG}`;
const RELINK =
  'kmb-store salvage STORE NEW makes a sound store of the rows, which are all there where nothing else is found';
const RECORDS = `kmb-store salvage STORE NEW finds what the pages have, and says what is missing, ${OR_LOG}`;
const VALUES = `kmb-store salvage STORE NEW saves all but that value, ${OR_LOG}`;
const OLDER = `kmb-store salvage STORE NEW saves all but those older versions, ${OR_LOG}`;
const DOUBT =
  'kmb-store verify-log STORE LOG compares the rows with the log; kmb-store salvage STORE NEW --log LOG takes from it what the page should have';
const COMPLETE =
  'copy the file again from where it is complete; else kmb-store salvage STORE NEW saves what is in it, with --log LOG all of it';
const HEAD_ONLY =
  'there is no page with rows in it: copy the file again from where it is complete, restore a backup, or make a new one of the whole log: kmb-store replay NEW LOG';
const JOURNAL =
  'put back the store file that the journal was made beside; or, if the file is the one that counts, move the journal away';
const HALF =
  'move the journal away together with the file; then kmb-store salvage STORE NEW saves what is in that, with --log LOG all of it; or restore a backup';
const NEWER_JOURNAL = 'finish the commit with the release of the software that wrote it: kmb-store recover STORE';
const UNTOUCHED = `do not write to this store, that would remove the table for good; ${REBUILD}`;
const RECOUNT = 'kmb-store recover STORE corrects it without a loss, and so does every other command that writes';
const REPLAY =
  'do not write to this store, later batches would hide it; kmb-store salvage STORE NEW leaves out what was not committed, and kmb-store replay NEW LOG goes on from there';
const CUT = 'nothing is lost; kmb-store recover STORE cuts it off';
const SPACE =
  'nothing is lost; kmb-store recover STORE cuts off pages past the end of the store, and kmb-store compact STORE gives back the space of others';
const COMPARE =
  'if the last batch changed anything, its changes are missing: kmb-store verify-log STORE LOG tells, and kmb-store replay NEW LOG makes a store that has them';
const SALVAGED =
  'kmb-store salvage STORE NEW --log LOG fills what was lost; so does a new store, kmb-store replay NEW LOG';
const REPAIRED = 'nothing is lost; the next command that writes repairs it';
const LATER_COUNTS =
  'the page of the later commit counts, and where nothing else is found nothing is lost; the next command that writes makes them equal';
const OVERWRITTEN = `do not write to this store, that may overwrite the page; ${REBUILD}`;
const NOTHING = 'nothing is lost, and nothing needs to be done';

function kind(severity: Severity, level: Level, meaning: string, remedy: string): FindingKind {
  return { severity, level, meaning, remedy };
}

const corrupt = (level: Level, meaning: string, remedy = REBUILD): FindingKind =>
  kind('corrupt', level, meaning, remedy);

export const FINDING_KINDS = {
  'file-empty': corrupt('superblock', 'the file has no bytes', PATH),
  'not-a-store': corrupt('superblock', 'nothing in the file is of a store', PATH),
  'superblock-truncated': corrupt('superblock', 'the file ends within the superblock', HEAD_ONLY),
  'superblock-magic': corrupt(
    'superblock',
    'the superblock does not begin as one, though pages of a store follow',
    HEADLESS,
  ),
  'superblock-version': corrupt('superblock', 'the store is of a format that this release does not know', RELEASE),
  'superblock-crc': corrupt('superblock', 'the superblock was changed after it was written', HEADLESS),
  'feature-unknown': corrupt('superblock', 'the store needs a feature that this release does not know', RELEASE),
  'page-size': corrupt('superblock', 'the store has pages of another size than this release knows', RELEASE),
  'next-page-range': corrupt('superblock', 'the next page id is one that no store can have', HEADLESS),
  'table-count': corrupt(
    'superblock',
    'the superblock counts more tables than it has room for, or other than it lists',
    HEADLESS,
  ),
  'record-count': corrupt(
    'superblock',
    'the superblock counts records beside a catalogue tree that has them all',
    RECORDS,
  ),
  'record-kind': corrupt('superblock', 'a record is of no kind that this format has', RECORDS),
  'record-event': corrupt('superblock', 'an item of the catalogue tree is not a record', RECORDS),
  'record-length': corrupt(
    'superblock',
    'a record is not as long as its kind demands, or does not end where it must',
    RECORDS,
  ),
  'record-order': corrupt('superblock', 'the records do not ascend', RECORDS),
  'record-value': corrupt('superblock', 'the record of a table says what no table can have', RECORDS),
  'free-range': corrupt('superblock', 'the free map has a page that the store cannot have', RECORDS),
  'table-duplicate': corrupt('superblock', 'the superblock lists a table id twice', RECORDS),
  'table-lost': corrupt('superblock', 'after the tables that the superblock counts there is another one', UNTOUCHED),
  'applied-position': corrupt('superblock', 'the applied position is beyond the last possible one', HEADLESS),
  'root-range': corrupt('superblock', 'the root of a table is a page that the store cannot have', RECORDS),
  'root-shared': corrupt('superblock', 'two tables have the same root', RECORDS),
  'next-page-id': corrupt('superblock', 'the next page id is not above every page in use', RECOUNT),
  'file-truncated': corrupt('superblock', 'the file has fewer pages than the superblock counts', COMPLETE),
  'journal-unusable': corrupt(
    'superblock',
    'the journal beside the store was not made for it: nothing reads or writes the store',
    JOURNAL,
  ),
  'journal-damaged': corrupt(
    'superblock',
    'the journal beside the store is damaged, and only a part of its commit is in the file',
    HALF,
  ),
  'journal-version': corrupt(
    'superblock',
    'the journal beside the store is of a version that this release does not know: nothing reads or writes the store',
    NEWER_JOURNAL,
  ),
  'superblock-copies': kind(
    'torn',
    'superblock',
    'pages 0 and 1 both hold a superblock that is whole, and not the same one: a crash cut off a commit',
    LATER_COUNTS,
  ),
  'ragged-tail': kind('leak', 'superblock', 'the file ends with a part of a page', CUT),
  'applied-hash': kind('odd', 'superblock', 'there is a hash of the log although nothing is applied', NOTHING),
  'superblock-padding': kind(
    'odd',
    'superblock',
    'reserved bytes of the superblock, or those after its tables, are not zero',
    NOTHING,
  ),
  'superblock-copy': kind('odd', 'superblock', 'the copy of the superblock in page 1 is damaged', REPAIRED),
  'free-count': kind('odd', 'superblock', 'the free map has another number of pages than the superblock says', NOTHING),
  'feature-ignored': kind('odd', 'superblock', 'the store has a feature that this release ignores', NOTHING),
  'feature-read-only': kind(
    'odd',
    'superblock',
    'the store has a feature that this release can only read past',
    'write to it with the release of the software that made it',
  ),
  salvaged: kind('odd', 'superblock', 'the store was salvaged, and a part of it was lost', SALVAGED),

  'page-zeroed': corrupt('page', 'a page is all zeroes: it was never written, or wiped'),
  'page-magic': corrupt('page', 'a page does not begin as one'),
  'page-version': corrupt('page', 'a page is of a version that no page of this format has'),
  'page-crc': corrupt('page', 'a page was changed after it was written'),
  'page-type': corrupt('page', 'a page is of no type that this format has, or of another than its place demands'),
  'item-count': corrupt('page', 'a page counts no items, or more than it has room for'),
  'slot-range': corrupt('page', 'an item is outside the data area of its page'),
  'slot-overlap': corrupt('page', 'two items of a page share bytes'),
  'link-length': corrupt('page', 'item 0 of a page is not a page id'),
  'item-length': corrupt('page', 'an item is not exactly filled by what it holds'),
  'key-length': corrupt('page', 'a key is longer than its item, or than a key can be'),
  'version-count': corrupt('page', 'a key has no versions, or more than its item holds'),
  'item-lost': corrupt('page', 'a page has more slots and items than it counts: its last keys are out of reach'),
  'page-id': corrupt('page', 'a page says that it is another one: it was moved, or swapped with another'),
  'page-store': corrupt('page', 'a page says that it belongs to another store'),
  'value-page': corrupt('page', 'a page of a value is not the one that is due there', VALUES),
  'page-sum': corrupt(
    'page',
    'a page is not what the last commit left: a write was lost, or the page was replaced or changed together with its checksum',
    DOUBT,
  ),
  'free-offset': kind('odd', 'page', 'the free offset of a page is not the end of its slots', NOTHING),
  'reserved-bytes': kind('odd', 'page', 'reserved bytes of a page are not zero', NOTHING),
  'page-layout': kind(
    'odd',
    'page',
    'the items of a page are not where a writer puts them, or its unused bytes are not zero',
    NOTHING,
  ),

  height: corrupt('tree', 'the recorded height of a table is not that of its tree', RELINK),
  'tree-too-deep': corrupt('tree', 'a tree goes on below any height that a tree can have', RELINK),
  'leaf-depth': corrupt('tree', 'a leaf is not at the depth of the others', RELINK),
  'key-order': corrupt('tree', 'the keys of a page do not ascend'),
  'key-bounds': corrupt('tree', 'keys of a page are outside the separators that lead to it'),
  'single-child': corrupt('tree', 'an internal page has one child only: it has lost the others', RELINK),
  'child-range': corrupt('tree', 'a page points to a page that the store cannot have', RELINK),
  'page-missing': corrupt('tree', 'a page of a tree is past the end of the file', COMPLETE),
  'page-shared': corrupt('tree', 'a page is reached a second time', RELINK),
  'page-owner': corrupt('tree', 'a page says that it belongs to another table'),
  'next-leaf': corrupt('tree', 'the leaf chain does not follow the tree', RELINK),
  'free-reached': corrupt('tree', 'a page is in use, and the free map has it', OVERWRITTEN),
  'value-range': corrupt(
    'tree',
    'a value is in pages that the store cannot have, or longer than any value can be',
    VALUES,
  ),
  'value-shared': corrupt('tree', 'a value is in a page that has another use, too', VALUES),
  'count-pages': corrupt('tree', 'the record of a table counts other pages, or bytes of values, than it has', RECORDS),
  'leaked-page': kind('leak', 'tree', 'no table reaches a page', SPACE),

  'version-order': corrupt('mvcc', 'a version ends before it begins, or after the next newer one began'),
  'event-order': corrupt('mvcc', 'the events of a key are not in the order of their positions'),
  'event-kind': corrupt(
    'mvcc',
    'an event is none that can be there: a value too long or too short for its place, or a deletion of nothing',
  ),
  'run-marker': corrupt('mvcc', 'a run of older events does not begin with its marker, or an entry has one'),
  'run-length': corrupt('mvcc', 'a run of older events is longer than one can be'),
  'run-start': corrupt('mvcc', 'the key of a run does not say the position of its oldest event'),
  'runs-flag': corrupt(
    'mvcc',
    'an entry says that there are older events of its key elsewhere, and there are none, or it does not say so',
    OLDER,
  ),
  'history-key': corrupt('mvcc', 'there are older events of a key that has no entry', OLDER),
  'history-gap': corrupt(
    'mvcc',
    'older events of a key are missing: a run does not go on where the next one begins',
    OLDER,
  ),
  'value-checksum': corrupt('mvcc', 'a value is not the one that was written', VALUES),
  'count-rows': corrupt('mvcc', 'the record of a table counts other rows or keys than it has', RECORDS),
  'count-events': corrupt('mvcc', 'the record of a table counts other events than it has', RECORDS),
  'version-position': corrupt('mvcc', 'a version began at position 0, before the first batch'),
  'version-torn': kind(
    'torn',
    'mvcc',
    'versions come from beyond the applied position: a crash cut off a commit',
    REPLAY,
  ),
  'event-position': kind('torn', 'mvcc', 'events come from beyond the applied position', REPLAY),
  'page-stamp': kind('torn', 'mvcc', 'a page says another position of its last change than it can have', REPLAY),
  'applied-behind': kind('torn', 'mvcc', 'the applied position is behind what several pages hold', REPLAY),
  'applied-untraced': kind(
    'leak',
    'mvcc',
    'there are pages that no table reaches, and no version of the applied position: its batch changed nothing, or its changes are not in the trees',
    COMPARE,
  ),
} as const satisfies Readonly<Record<string, FindingKind>>;

/** Stable names, for programs to rely on. */
export type FindingCode = keyof typeof FINDING_KINDS;
