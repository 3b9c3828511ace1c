// Starts the bundled command line, and tells of what keeps it from being loaded. CommonJS, because an ES module would cost a
// sixth of Node's own start.

const path = require('node:path');
const { enableCompileCache } = require('node:module');
const { cacheFolder } = require('./cache-folder.js');
const failure = require('./failure.js');

const argv = process.argv.slice(2);

try {
  // From Node 22 on: compiled code is kept, under checksums, where only the user can write.
  const folder = enableCompileCache === undefined ? undefined : cacheFolder(process.env);
  if (folder !== undefined) enableCompileCache(folder);
  void require('../dist/main.cjs').start(path.dirname(__dirname), argv);
} catch (error) {
  process.exitCode = failure.report(error, argv);
}
