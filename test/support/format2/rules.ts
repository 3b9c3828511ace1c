/**
 * What the checker of format 2 can find, each with the invariant of the description that it breaks, or the section
 * that says it. The names are those of `verify-pages` where that has one.
 */
export const RULES = {
  'key-order': '1',
  'key-bounds': '1',
  'tree-height': '2',
  'page-shared': '3',
  'next-leaf': '4',
  'item-count': '5',
  'item-length': '5',
  'item-layout': '5',
  'slot-range': '5',
  'link-length': '5',
  'key-length': '5',
  'event-size': '5',
  'page-magic': '8',
  'page-version': '8',
  'page-crc': '8',
  'free-offset': '8',
  'unused-bytes': '8',
  'single-child': '9',
  'child-range': '9',
  'root-range': '9',
  'superblock-magic': '10',
  'superblock-version': '10',
  'superblock-crc': '10',
  'applied-position': '10',
  'applied-hash': '10',
  'file-length': '11',
  'next-page-id': '11',
  'page-id': '20',
  'page-store': '20',
  'page-owner': '20',
  'page-type': '20',
  'page-stamp': '21',
  'event-order': '22',
  'event-kind': '22',
  'event-count': '23',
  'run-marker': '23',
  'history-key': '24',
  'history-gap': '24',
  'event-position': '25',
  'value-range': '26',
  'value-shared': '26',
  'value-page': '26',
  'value-checksum': '26',
  'free-reached': '27',
  'free-range': '27',
  'leaked-page': '27',
  'count-rows': '28',
  'count-keys': '28',
  'count-events': '28',
  'count-pages': '28',
  'count-values': '28',
  'free-count': '28',
  'table-count': '28',
  'page-sum': '29',
  'superblock-copy': '30',
  'feature-unknown': '31',
  'reserved-bytes': '32',
  'runs-flag': '§0',
  'page-size': '§2.1',
  'record-count': '§2.1',
  'record-order': '§2.1',
  'run-from': '§2.3',
  'run-length': '§2.3',
  'inline-rule': '§2.3',
  'record-length': '§2.5',
  'record-kind': '§2.5',
  'record-event': '§2.5',
  'last-changed': '§2.5',
  'store-id': '§2.6',
  oldest: '§8',
  'value-length': '§11',
} as const satisfies Record<string, string>;

export type Rule = keyof typeof RULES;

export interface Fault {
  readonly rule: Rule;
  readonly page: number;
  readonly message: string;
}

/** Reports about one page. */
export type Report = (rule: Rule, message: string) => void;

export const reportInto =
  (faults: Fault[], page: number): Report =>
  (rule, message) =>
    void faults.push({ rule, page, message });

export const faultText = ({ rule, page, message }: Fault): string =>
  `${rule} [${RULES[rule]}] page ${page}: ${message}`;

/** The rule that a violation names. */
export const ruleOf = (violation: string): string => violation.slice(0, violation.indexOf(' '));
