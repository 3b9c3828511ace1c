import { spawnSync } from 'node:child_process';

/** Nothing of the user's, nor of a hook that runs this, may change what git does. */
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

/** What git prints; it has to succeed. */
export function git(argv, input = '') {
  const { error, status, stdout, stderr } = spawnSync('git', argv, { env, input, maxBuffer: 2 ** 30 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`git ${argv.join(' ')}: ${stderr.toString()}`);
  return stdout;
}
