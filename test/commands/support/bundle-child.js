// Runs the bundled command line on one step of a session after another, as told by its parent: a process of its own for
// each of the hundreds would take most of a minute. Standard output and error are files.
import events from 'node:events';
import { createRequire } from 'node:module';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const { start } = createRequire(import.meta.url)(`${root}dist/main.cjs`);

// Each step listens as a process of its own would.
events.defaultMaxListeners = 0;

process.on('message', async (argv) => {
  process.exitCode = 0;
  await start(root, argv);
  const { exitCode } = process;
  process.exitCode = 0;
  process.send(exitCode);
});
