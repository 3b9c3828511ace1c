/** The lines of a `git fast-import` stream. */

const SECONDS_BETWEEN_COMMITS = 600;
const FIRST_SECOND = 1_600_000_000;

/** A commit; `changes` maps paths to `{ mode, content }`, or to `undefined` when they go. */
export function commitLines({ mark, branch, parents, changes }) {
  const seconds = FIRST_SECOND + mark * SECONDS_BETWEEN_COMMITS;
  return [
    `commit refs/heads/${branch}`,
    `mark :${mark}`,
    `committer Nobody <nobody@example.org> ${seconds} +0000`,
    data(`commit ${mark}`),
    ...parents.map((parent, index) => `${index === 0 ? 'from' : 'merge'} :${parent}`),
    ...[...changes].map(([path, file]) => changeLines(path, file)),
    '',
  ];
}

function changeLines(path, file) {
  if (file === undefined) return `D ${quote(path)}`;
  // What a submodule has is the id of a commit elsewhere.
  if (file.mode === '160000') return `M ${file.mode} ${file.content} ${quote(path)}`;
  return `M ${file.mode} inline ${quote(path)}\n${data(file.content)}`;
}

function data(text) {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}

/** Paths are text in which each character stands for a byte; every one is escaped, so that none is special. */
function quote(path) {
  const escapes = Array.from(Buffer.from(path, 'latin1'), (byte) => `\\${byte.toString(8).padStart(3, '0')}`);
  return `"${escapes.join('')}"`;
}
