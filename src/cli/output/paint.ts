/** The colours of the parts of a dump and a report. */
import type { ChalkInstance } from 'chalk';

/** What a piece of text is, for its colour. */
export type Paint = (what: PaintName, text: string) => string;

export type PaintName = 'frame' | 'slots' | 'even' | 'odd' | 'free' | 'stale' | 'problem' | 'heading';

export const plainPaint: Paint = (_what, text) => text;

export function chalkPaint(chalk: ChalkInstance): Paint {
  const colours: Readonly<Record<PaintName, ChalkInstance>> = {
    frame: chalk.cyan,
    slots: chalk.yellow,
    even: chalk.green,
    odd: chalk.blueBright,
    free: chalk.dim,
    stale: chalk.magenta,
    problem: chalk.red.bold,
    heading: chalk.bold,
  };
  return (what, text) => colours[what](text);
}
