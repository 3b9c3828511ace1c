/** The base of commands that look at all of a store, and show it also when it is damaged. */
import type { Command } from '@oclif/core/command';
import { type LookOptions, lookSteps, type StoreLook, type VerifyProgress } from '../../engine/index.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { io } from '../io.js';
import type { Canvas } from '../map/canvas.js';
import { hasUnicode, loadChalk, pictureColourLevel } from '../output/colour.js';
import { StoreCommand } from '../store-command.js';
import { verifyNotes } from '../verify/notes.js';
import { verifyProgress } from '../verify/progress.js';
import { summary } from '../verify/text.js';

const USUAL_COLUMNS = 80;

export abstract class LookCommand<T extends typeof Command> extends StoreCommand<T> {
  /** Looks at every page of a store, and says what is to be known of it beside what is wrong. */
  protected async look(store: string, options: LookOptions = {}): Promise<StoreLook> {
    let reached: VerifyProgress = { pagesDone: 0, pagesTotal: 0 };
    const onProgress = (now: VerifyProgress) => {
      reached = now;
    };
    const steps = lookSteps(store, { ...options, onProgress });
    const look = await this.inSlices(steps, (seconds, columns) => verifyProgress(store, reached, seconds, columns));
    for (const { code, message } of verifyNotes(store, look.report)) this.print.note(code, message);
    return look;
  }

  /** What pictures are drawn with. */
  protected async canvas(): Promise<Canvas> {
    const { stdout, env } = io();
    const level = pictureColourLevel(stdout, env, this.style.noColor);
    const isScreen = stdout.isTTY === true;
    return {
      // Some terminals say that they have no width at all.
      columns: (isScreen ? stdout.columns : undefined) || USUAL_COLUMNS,
      lines: isScreen ? stdout.rows : undefined,
      unicode: hasUnicode(env),
      chalk: level === 0 ? undefined : await loadChalk(level),
    };
  }

  /** Ends as `verify-pages` does. @throws CliError when the store is not sound */
  protected requireSound(store: string, { report }: StoreLook): void {
    if (report.ok) return;
    const sentence = `${store} is not sound: ${summary(report)}`;
    throw new CliError('STORE_NOT_SOUND', EXIT.cleanNo, sentence, {
      facts: { stores: 1, failed: 1 },
      hint: `kmb-store verify-pages ${store} says what is damaged, and what to do`,
    });
  }
}
