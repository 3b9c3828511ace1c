// Starts the command line. Whatever happens here, it must not end as exit code 1: that is the code of a clean no.

const path = require('node:path');
const failure = require('./failure.js');

const argv = process.argv.slice(2);

/** Stands in until the real one is loaded. */
let reportError = failure.report;

function abort(error) {
  process.exit(reportError(error, argv));
}

process.on('uncaughtException', abort);

// Listening before oclif does: it ignores a closed pipe and would go on for as many rows as there are.
process.stdout.on('error', (error) => (error.code === 'EPIPE' ? process.exit(0) : abort(error)));
// Nobody reads the errors; the work goes on and its exit code still tells.
process.stderr.on('error', () => {});

// oclif asks the system for both, and fails in a container whose user has no entry in /etc/passwd. We use neither.
process.env.HOME ||= '/';
process.env.SHELL ||= '/bin/sh';
// oclif would write its own lines between ours.
delete process.env.DEBUG;

async function start() {
  ({ reportError } = await import('../dist/cli/errors.js'));
  const { endOnSignals } = await import('../dist/cli/signals.js');
  endOnSignals((error) => reportError(error, argv), process.exit);
  // Not all of oclif: that takes twice as long to load.
  const [{ run }, { settings }] = await Promise.all([import('@oclif/core/run'), import('@oclif/core/settings')]);
  // Otherwise a NODE_ENV of the user's makes oclif look for TypeScript sources.
  settings.enableAutoTranspile = false;
  // No plug-ins from the user's home: a script must not depend on what lies there, nor on whether it can be read.
  await run(argv, { root: path.dirname(__dirname), userPlugins: false });
}

start().catch((error) => {
  // Not process.exit: rows on their way to a slow reader still have to arrive.
  process.exitCode = reportError(error, argv);
});
