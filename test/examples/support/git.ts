/** Git for tests: only what a repository itself says counts, nothing of the user's or of a hook that runs the tests. */
import { spawnSync } from 'node:child_process';

export const gitEnv: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

export function hasGit(): boolean {
  return spawnSync('git', ['--version'], { env: gitEnv }).status === 0;
}

/** What git prints; it has to succeed. */
export function git(repository: string, argv: readonly string[], input: string | Uint8Array = ''): Buffer {
  const { error, status, stdout, stderr } = spawnSync('git', ['-C', repository, ...argv], {
    env: gitEnv,
    input,
    maxBuffer: 2 ** 30,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`git ${argv.join(' ')}: ${stderr.toString()}`);
  return stdout;
}

/** The commits from the root to a revision, first parents only. */
export function firstParents(repository: string, revision: string): string[] {
  const list = git(repository, ['rev-list', '--first-parent', '--reverse', revision, '--']);
  return list.toString().split('\n').slice(0, -1);
}

/** A file of a commit, as text that tells all of it. */
export function describeFile(path: Uint8Array, mode: string, id: string): string {
  return `${mode} ${id} ${Buffer.from(path).toString('latin1')}`;
}

/** The files of a commit in the order of their paths' bytes. */
export function listTree(repository: string, commit: string): string[] {
  const fields = git(repository, ['ls-tree', '-r', '-z', '--full-tree', commit]).toString('latin1').split('\0');
  return fields.slice(0, -1).map((field) => {
    const tab = field.indexOf('\t');
    const [mode = '', , id = ''] = field.slice(0, tab).split(' ');
    return describeFile(Buffer.from(field.slice(tab + 1), 'latin1'), mode, id);
  });
}
