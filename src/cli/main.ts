/** The start of the command line. */
import { run } from '@oclif/core/run';
import { settings } from '@oclif/core/settings';
import type { Plugin } from '@oclif/core/interfaces';
import { reportError } from './errors.js';
import { endOnSignals } from './signals.js';
import { onStreamError } from './stream-errors.js';

export interface MainOptions {
  /** Folder of the package, or a path in it. */
  readonly root: string;
  /** What is to be run, where oclif shall not look for it. */
  readonly plugins?: Map<string, Plugin>;
}

/**
 * Runs the command line to its end. Whatever happens here, it must not end as exit code 1: that is the code of a clean
 * no.
 *
 * @param argv what comes after the program's name
 */
export async function main(argv: string[], options: MainOptions): Promise<void> {
  const end = (code: number): never => process.exit(code);
  const report = (error: unknown): number => reportError(error, argv);
  process.on('uncaughtException', (error) => end(report(error)));
  // oclif prints help, and passes over what goes wrong.
  onStreamError('stdout', (error) => end(error.code === 'EPIPE' ? 0 : report(error)));
  // Nobody reads the errors; the work goes on and its exit code still tells.
  onStreamError('stderr', () => {});
  prepareProcess();
  try {
    endOnSignals(report, end);
    // No plug-ins from the user's home: a script must not depend on what is there, nor on whether it can be read.
    await run(argv, { ...options, userPlugins: false });
  } catch (error) {
    // Not process.exit: rows on their way to a slow reader still have to arrive.
    process.exitCode = report(error);
  }
}

/** Has oclif leave alone what is not its business. */
export function prepareProcess(): void {
  // oclif asks the system for both, and fails in a container whose user has no entry in /etc/passwd. We use neither.
  process.env['HOME'] ||= '/';
  process.env['SHELL'] ||= '/bin/sh';
  // oclif would write its own lines between ours.
  delete process.env['DEBUG'];
  // A file that could change how things look would be read at each start.
  process.env['KMB_STORE_DISABLE_THEME'] = '1';
  // Otherwise a NODE_ENV of the user's makes oclif look for TypeScript sources.
  settings.enableAutoTranspile = false;
}
