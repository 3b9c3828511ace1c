/** A history with everything that a log of it could get wrong. */
import { type CommitPlan, file, gone, link, script, submodule } from './fast-import.js';

const ID = '0123456789abcdef0123456789abcdef01234567';
const OTHER_ID = '89abcdef0123456789abcdef0123456789abcdef';

/** As long as a key can be. */
const LONG_PATH = `${'directory/'.repeat(102)}file`;

const ODD_NAMES = [
  'new\nline',
  'two\n\nlines\n',
  '\nfirst',
  'tab\there',
  'quote"d',
  'back\\slash',
  'carriage\rreturn',
  ' space ',
  ':100644 100644',
  '-leading-dash',
  '--',
  'bell\x07',
  'é as one',
  'e\u0301 as two',
  '\ufeffbyte order mark',
  '\u2028separator',
  '😀',
  '*',
  ID,
  LONG_PATH,
  Buffer.from('latin \xe9', 'latin1'),
  Buffer.from('\xff\xfe/\x80', 'latin1'),
  // A surrogate as UTF-8 would have it, and a slash in two bytes: neither is UTF-8.
  Buffer.from('\xed\xa0\x80', 'latin1'),
  Buffer.from('\xc0\xaf', 'latin1'),
];

export const ODD_HISTORY: readonly CommitPlan[] = [
  {
    name: 'root',
    parents: [],
    changes: [
      file('a.txt', 'a\n'),
      file('empty', ''),
      file('turns', 'a file\n'),
      file('deep/er/file', 'deep\n'),
      file('deep.txt', 'sorts before deep/\n'),
      script('run'),
      link('link', 'a.txt'),
    ],
  },
  { name: 'odd names', parents: ['root'], changes: ODD_NAMES.map((path) => file(path)) },
  { name: 'nothing', parents: ['odd names'], changes: [] },
  { name: 'nothing again', parents: ['nothing'], changes: [] },
  {
    name: 'odd names change and go',
    parents: ['nothing again'],
    changes: ODD_NAMES.map((path, index) => (index % 2 === 0 ? file(path, 'changed\n') : gone(path))),
  },
  {
    name: 'types change',
    parents: ['odd names change and go'],
    changes: [link('a.txt', 'run'), file('link', 'no link\n'), file('run', '#!/bin/sh\n'), script('empty', '')],
  },
  {
    name: 'a file turns into a directory',
    parents: ['types change'],
    changes: [file('turns/into/this', 'in a directory\n'), file('turns/too')],
  },
  { name: 'and back', parents: ['a file turns into a directory'], changes: [file('turns', 'a file\n')] },
  {
    name: 'a submodule comes',
    parents: ['and back'],
    changes: [
      file('.gitmodules', '[submodule "sub"]\n\tpath = sub\n\turl = ./sub\n\tignore = all\n'),
      submodule('sub', ID),
      submodule('under/sub', ID),
    ],
  },
  { name: 'a submodule moves on', parents: ['a submodule comes'], changes: [submodule('sub', OTHER_ID)] },
  {
    name: 'a submodule becomes a directory',
    parents: ['a submodule moves on'],
    changes: [file('sub/file'), gone('under/sub')],
  },
  { name: 'side', parents: ['root'], changes: [file('side', 'side\n'), file('both', 'side\n'), gone('empty')] },
  { name: 'side goes on', parents: ['side'], changes: [file('side/became/a/directory')] },
  {
    name: 'main goes on',
    parents: ['a submodule becomes a directory'],
    changes: [file('both', 'main\n'), file('renamed/from', 'the same content\n'.repeat(50))],
  },
  {
    name: 'merge',
    parents: ['main goes on', 'side goes on'],
    changes: [file('side/became/a/directory'), file('both', 'of neither\n'), file('only in the merge')],
  },
  { name: 'other root', parents: [], changes: [file('other/root')] },
  { name: 'merge that takes nothing', parents: ['merge', 'side', 'other root'], changes: [] },
  {
    name: 'rename and copy',
    parents: ['merge that takes nothing'],
    changes: [
      gone('renamed/from'),
      file('renamed/to', 'the same content\n'.repeat(50)),
      file('copied/to', 'the same content\n'.repeat(50)),
    ],
  },
  { name: 'all goes', parents: ['rename and copy'], changes: [gone('')] },
  { name: 'still nothing', parents: ['all goes'], changes: [] },
  { name: 'comes back', parents: ['still nothing'], changes: [file('a.txt', 'a\n'), file('renamed/from')] },
];

/** What a user may have set, and what the log must not depend on. */
export const HOSTILE_CONFIG: readonly (readonly [string, string])[] = [
  ['color.ui', 'always'],
  ['core.quotePath', 'true'],
  ['diff.ignoreSubmodules', 'all'],
  ['diff.noprefix', 'true'],
  ['diff.relative', 'true'],
  ['diff.renames', 'copies'],
  ['diff.submodule', 'log'],
  ['format.pretty', 'fuller'],
  ['i18n.logOutputEncoding', 'UTF-16'],
  ['log.abbrevCommit', 'true'],
  ['log.decorate', 'full'],
  ['log.diffMerges', 'combined'],
  ['log.follow', 'true'],
  ['log.showRoot', 'false'],
  ['log.showSignature', 'true'],
];
