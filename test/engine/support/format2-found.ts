/**
 * What `verify` finds where the second reading of format 2 finds a rule broken: by the name of the rule, where that is
 * not the code itself, and by the name of the fault, where the rule does not tell.
 */
import type { FindingCode } from '../../../src/engine/index.js';
import type { Fault2 } from '../../support/format2/plant.js';
import type { Rule } from '../../support/format2/rules.js';

const BY_RULE: Readonly<Partial<Record<Rule, FindingCode>>> = {
  'item-layout': 'page-layout',
  'unused-bytes': 'page-layout',
  'tree-height': 'height',
  'event-count': 'version-count',
  'event-size': 'version-count',
  'run-from': 'run-start',
  'inline-rule': 'event-kind',
  'count-keys': 'count-rows',
  'count-values': 'count-pages',
  'last-changed': 'record-value',
  oldest: 'record-value',
  'value-length': 'value-range',
  'reserved-bytes': 'superblock-padding',
};

const BY_NAME: Readonly<Record<string, FindingCode>> = {
  'page 1 of the next commit': 'superblock-copies',
  'a next page id of 1': 'next-page-range',
  'more pages in the file than the next page id': 'leaked-page',
  'a part of a page past the end': 'ragged-tail',
  'unknown compatible feature': 'feature-ignored',
  'unknown read-only feature': 'feature-read-only',
  'byte past the records': 'superblock-padding',
  'an entry that is cut off': 'version-count',
  'a height of one level more': 'height',
  'position 0': 'version-position',
  'position 0 of a marker': 'event-order',
  // It says format 1.
  version: 'page-version',
};

/** That nothing in the file contradicts: which log made a store is not in it. */
const NOT_TO_BE_FOUND: readonly string[] = ['no store id although something is applied'];

/** The code that a planted fault is found as; undefined when it cannot be found. */
export function codeOf({ name, rule }: Fault2): FindingCode | undefined {
  if (NOT_TO_BE_FOUND.includes(name)) return undefined;
  return BY_NAME[name] ?? BY_RULE[rule] ?? (rule as FindingCode);
}
