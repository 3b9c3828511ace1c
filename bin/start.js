// Starts the bundled command line, from Node 22 on with compiled code that is kept, under checksums, where only the user
// can write. CommonJS, because an ES module would cost a sixth of Node's own start.
'use strict';

const fs = require('node:fs');
const { enableCompileCache } = require('node:module');
const path = require('node:path');

exports.start = function start(argv) {
  void load().start(path.dirname(__dirname), argv);
};

/** Has this process answer the one that started it, about one store after another. */
exports.serve = function serve() {
  process.on('disconnect', () => process.exit());
  load().serve(path.dirname(__dirname));
};

function load() {
  const folder = enableCompileCache === undefined ? undefined : cacheFolder(process.env);
  if (folder !== undefined) enableCompileCache(folder);
  return require('../dist/main.cjs');
}

/**
 * A folder for compiled code that only this user can write: whoever could change it could have any code run. Undefined
 * where there is none; the command then starts a little later, and that is all.
 */
function cacheFolder({ XDG_CACHE_HOME, HOME }) {
  const user = process.geteuid?.();
  const base = isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : isAbsolute(HOME) && `${HOME}/.cache`;
  if (user === undefined || !base) return undefined;
  const folder = `${base}/kmb-store`;
  try {
    for (const each of [base, folder]) {
      if (!isOwn(each, user)) return undefined;
    }
    return folder;
  } catch {
    return undefined;
  }
}

function isAbsolute(name) {
  return name !== undefined && path.isAbsolute(name);
}

/** Whether a folder belongs to the user and nobody else can write in it; made if missing, but not what it is in. */
function isOwn(folder, user) {
  let facts = fs.statSync(folder, { throwIfNoEntry: false });
  if (facts === undefined) {
    fs.mkdirSync(folder, { mode: 0o700 });
    facts = fs.statSync(folder);
  }
  return facts.isDirectory() && facts.uid === user && (facts.mode & 0o022) === 0;
}
