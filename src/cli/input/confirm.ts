/** Asks before something is done that cannot be undone. */
import { CliError, UsageError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { io } from '../io.js';
import { escapeControls } from '../text/escape.js';
import { readLine } from './stdin.js';

/** What a command says about what it is about to do. */
export interface Consent {
  /** Whether `--yes` was given. */
  readonly yes: boolean;
  /** Whether a program is to read what the command prints: it is not asked. */
  readonly json: boolean;
  /** As a question is asked: `purge table 1 of a.kmb`. */
  readonly deed: string;
}

/** Whether the command must ask. Where nobody can answer, `--yes` must have been given. @throws UsageError */
export function mustAsk({ yes, json, deed }: Consent): boolean {
  if (yes) return false;
  const { stdin, stderr } = io();
  if (!json && stdin.isTTY === true && stderr.isTTY === true) return true;
  const hint = 'give --yes to do it without being asked';
  throw new UsageError('CONFIRMATION_REQUIRED', `nobody is there to confirm: ${deed}`, {}, hint);
}

/**
 * Asks on the terminal, where anything but yes is a no.
 *
 * @throws CliError a clean no
 */
export async function ask({ deed }: Consent): Promise<void> {
  io().stderr.write(`${escapeControls(deed)}? Type yes to go on: `);
  const answer = await readLine();
  if (['yes', 'y'].includes(answer.trim().toLowerCase())) return;
  throw new CliError('NOT_CONFIRMED', EXIT.cleanNo, 'not confirmed: nothing was changed');
}
