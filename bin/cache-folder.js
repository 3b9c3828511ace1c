'use strict';

const fs = require('node:fs');
const path = require('node:path');

/**
 * A folder for compiled code that only this user can write: whoever could change it could have any code run. Undefined where there is
 * none; the command then starts a little later, and that is all.
 */
exports.cacheFolder = function cacheFolder(env) {
  const user = process.geteuid?.();
  const base = isAbsolute(env.XDG_CACHE_HOME)
    ? env.XDG_CACHE_HOME
    : isAbsolute(env.HOME) && path.join(env.HOME, '.cache');
  if (user === undefined || !base) return undefined;
  const folder = path.join(base, 'kmb-store');
  try {
    for (const each of [base, folder]) {
      if (!isOwn(each, user)) return undefined;
    }
    return folder;
  } catch {
    return undefined;
  }
};

function isAbsolute(name) {
  return name !== undefined && path.isAbsolute(name);
}

/** Whether a folder belongs to the user and nobody else can write in it. It is made where it is missing, but not what it lies in. */
function isOwn(folder, user) {
  let facts = fs.statSync(folder, { throwIfNoEntry: false });
  if (facts === undefined) {
    fs.mkdirSync(folder, { mode: 0o700 });
    facts = fs.statSync(folder);
  }
  return facts.isDirectory() && facts.uid === user && (facts.mode & 0o022) === 0;
}
