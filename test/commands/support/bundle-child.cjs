// Runs the bundled command line on one step of a session after another, as told by its parent: a process of its own for
// each of the hundreds would take most of a minute. Standard output and error are files.
'use strict';
const events = require('node:events');
const { join } = require('node:path');

const root = join(__dirname, '..', '..', '..');
const { start } = require(join(root, 'dist', 'main.cjs'));

// Each step listens as a process of its own would.
events.defaultMaxListeners = 0;

process.on('message', async (argv) => {
  process.exitCode = 0;
  await start(root, argv);
  const { exitCode } = process;
  process.exitCode = 0;
  process.send(exitCode);
});
