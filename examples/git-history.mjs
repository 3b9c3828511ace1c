// Prints the history of a git repository as a log for `kmb-store replay`:
//
//     node examples/git-history.mjs REPO [REVISION] | kmb-store replay history.kmb -
//
// Every commit from the root to REVISION (default HEAD), first parents only, is one batch; table 1 has the paths of the
// commit's files, with mode and object id as value (of a submodule the id of its commit). `kmb-store scan --at P` then
// gives what `git ls-tree -r` gives of the P-th commit.
//
// Exit codes are those of kmb-store. However this ends early, no line stands there whole that is not whole.
import { isUtf8 } from 'node:buffer';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';

const TABLE = 1;
const MAX_KEY_LENGTH = 1024;
const NO_MODE = '000000';

const USAGE_ERROR = 2;
const REFUSED = 4;
const SYSTEM_ERROR = 6;
const BUG = 70;

// The user's configuration must change nothing of what is listed.
const LOG_OPTIONS = [
  '--first-parent',
  '--diff-merges=first-parent',
  '--reverse',
  '--root',
  '--raw',
  '-z',
  '--format=%H',
  '--no-abbrev',
  '--no-renames',
  '--no-relative',
  '--no-show-signature',
  '--ignore-submodules=none',
  '--encoding=UTF-8',
];

// Inside a git hook it names another repository than the argument does.
const env = { ...process.env, GIT_DIR: undefined };

class Failure extends Error {
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The id of the commit that a revision names. */
function resolveCommit(repository, revision) {
  const argv = ['-C', repository, 'rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`];
  const { error, status, stdout, stderr } = spawnSync('git', argv, { env, encoding: 'utf8' });
  if (error?.code === 'ENOENT') throw new Failure('git is not installed, or not on the path', SYSTEM_ERROR);
  if (error !== undefined) throw error;
  const id = stdout.trim();
  if (status === 0 && isObjectId(id)) return id;
  throw new Failure(`${repository}: no commit ${revision}: ${stderr.trim().split('\n', 1)[0]}`, SYSTEM_ERROR);
}

function isObjectId(text) {
  return /^[0-9a-f]{40,64}$/.test(text);
}

/** Runs `git log`; `ended` fails when git does. */
function startGitLog(repository, commit) {
  const argv = ['-C', repository, 'log', ...LOG_OPTIONS, commit, '--'];
  const git = spawn('git', argv, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(git, 'close').then(([code, signal]) => {
    if (code !== 0) throw new Failure(`git log ended with ${signal ?? `exit code ${code}`}`, SYSTEM_ERROR);
  });
  // Whoever stops reading early does not wait for it.
  ended.catch(() => {});
  return { output: git.stdout, ended };
}

/** Cuts chunks into fields that end with NUL. */
class FieldSplitter {
  #rest = Buffer.alloc(0);

  *push(chunk) {
    const bytes = Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
      yield bytes.subarray(start, end);
      start = end + 1;
    }
    this.#rest = bytes.subarray(start);
  }
}

/** Turns the fields of `git log`, a commit's id and then two for each change, into the text of log lines. */
class LogWriter {
  #position = 0;
  #commit = '';
  #operations = 0;
  /** The change whose path comes next. */
  #change;

  add(field) {
    if (this.#change !== undefined) return this.#endChange(field);
    const text = field.toString('latin1').trimStart();
    return text.startsWith(':') ? this.#beginChange(text) : this.#beginBatch(text);
  }

  end() {
    return this.#position === 0 ? '' : ']}\n';
  }

  #beginBatch(commit) {
    if (!isObjectId(commit)) throw new Failure(`git log gave no commit but ${JSON.stringify(commit)}`, BUG);
    const text = `${this.end()}{"position":${++this.#position},"ops":[`;
    this.#commit = commit;
    this.#operations = 0;
    return text;
  }

  /** `:MODE-BEFORE MODE ID-BEFORE ID STATUS` */
  #beginChange(text) {
    const [, mode, , id, status] = text.split(' ');
    if (!/^[AMTD]$/.test(status)) throw new Failure(`commit ${this.#commit} has an unknown change: ${text}`, BUG);
    this.#change = { mode, id };
    return '';
  }

  #endChange(path) {
    this.#checkPath(path);
    const { mode, id } = this.#change;
    this.#change = undefined;
    const operation = { op: mode === NO_MODE ? 'delete' : 'put', table: TABLE };
    if (isUtf8(path)) operation.key = path.toString('utf8');
    else operation.keyHex = path.toString('hex');
    if (mode !== NO_MODE) operation.value = JSON.stringify({ mode, blob: id });
    return `${this.#operations++ === 0 ? '' : ','}${JSON.stringify(operation)}`;
  }

  /** A path that is cut, or left out, would make the store say something else than git: better no log. */
  #checkPath(path) {
    if (path.length <= MAX_KEY_LENGTH) return;
    const place = `commit ${this.#commit} (position ${this.#position})`;
    const shown = JSON.stringify(path.toString('utf8', 0, 40));
    throw new Failure(
      `${place}: a path of ${path.length} bytes, ${shown}…, cannot be a key, which has at most ${MAX_KEY_LENGTH}`,
      REFUSED,
    );
  }
}

async function* writeLog(output, ended) {
  const splitter = new FieldSplitter();
  const writer = new LogWriter();
  for await (const chunk of output) {
    let text = '';
    for (const field of splitter.push(chunk)) text += writer.add(field);
    yield text;
  }
  // Only now it is known that the last batch is whole.
  await ended;
  yield writer.end();
}

async function main(args) {
  const [repository, revision = 'HEAD'] = args;
  if (repository === undefined || args.length > 2) {
    throw new Failure('usage: node examples/git-history.mjs REPO [REVISION]', USAGE_ERROR);
  }
  const { output, ended } = startGitLog(repository, resolveCommit(repository, revision));
  await pipeline(output, (chunks) => writeLog(chunks, ended), process.stdout);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  // A reader that has what it wants is no failure.
  if (error.code !== 'EPIPE') {
    console.error(`git-history: ${error.message}`);
    process.exitCode = error.exitCode ?? (error.syscall === undefined ? BUG : SYSTEM_ERROR);
  }
}
