'use strict';

// Starts the bundled command line. CommonJS, because an ES module would cost a sixth of Node's own start.

const path = require('node:path');
const { enableCompileCache } = require('node:module');
const { cacheFolder } = require('./cache-folder.js');

try {
  // From Node 22 on: compiled code is kept, under check sums, where only the user can write.
  const folder = enableCompileCache === undefined ? undefined : cacheFolder(process.env);
  if (folder !== undefined) enableCompileCache(folder);
  void require('../dist/main.cjs').start(path.dirname(__dirname), process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`kmb-store: cannot start: ${message.split('\n', 1)[0]}\n`);
  process.exitCode = 70;
}
