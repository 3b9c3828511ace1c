/** Makes commits through `git fast-import`: any path, mode and parents, the same ids on every machine. */
import { git } from './git.js';

export type Path = string | Uint8Array;

export interface FileChange {
  readonly path: Path;
  /** Without a mode the path goes. */
  readonly mode?: '100644' | '100755' | '120000' | '160000';
  /** Of a submodule the id of its commit. */
  readonly content?: string;
}

export interface CommitPlan {
  /** How later commits name it. */
  readonly name: string;
  /** The first one is the first parent; none makes a root. */
  readonly parents: readonly string[];
  readonly changes: readonly FileChange[];
}

export const file = (path: Path, content = 'text\n'): FileChange => ({ path, mode: '100644', content });
export const script = (path: Path, content = '#!/bin/sh\n'): FileChange => ({ path, mode: '100755', content });
export const link = (path: Path, target: string): FileChange => ({ path, mode: '120000', content: target });
export const submodule = (path: Path, commit: string): FileChange => ({ path, mode: '160000', content: commit });
export const gone = (path: Path): FileChange => ({ path });

/** Makes the commits; the branch `main` ends at the last one. */
export function importCommits(repository: string, plans: readonly CommitPlan[]): void {
  const marks = new Map(plans.map(({ name }, index) => [name, `:${index + 1}`]));
  const commits = plans.map((plan, index) => [
    // Every commit is made on a branch of its own: the parents that it names are all it has.
    `commit refs/heads/${index === plans.length - 1 ? 'main' : `part-${index}`}`,
    `mark :${index + 1}`,
    // Back in time with every commit: the order of a history is that of its parents.
    `committer Test <test@example.org> ${1_700_000_000 - index * 60} +0000`,
    data(plan.name),
    ...plan.parents.map((parent, order) => `${order === 0 ? 'from' : 'merge'} ${marks.get(parent) ?? parent}`),
    ...plan.changes.map(changeLines),
    '',
  ]);
  git(repository, ['fast-import', '--quiet'], commits.flat().join('\n'));
}

function changeLines({ path, mode, content = '' }: FileChange): string {
  if (mode === undefined) return `D ${quote(path)}`;
  if (mode === '160000') return `M ${mode} ${content} ${quote(path)}`;
  return `M ${mode} inline ${quote(path)}\n${data(content)}`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}

/** Every byte as an octal escape: no name is special. */
function quote(path: Path): string {
  const escapes = Array.from(Buffer.from(path), (byte) => `\\${byte.toString(8).padStart(3, '0')}`);
  return `"${escapes.join('')}"`;
}
