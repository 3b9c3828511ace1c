/** What a picture is drawn with: the width of the screen, colours or none, blocks or letters. */
import type { ChalkInstance } from 'chalk';
import type { Look } from './palette.js';

export interface Canvas {
  readonly columns: number;
  /** Lines of the screen, where that is known. */
  readonly lines: number | undefined;
  readonly unicode: boolean;
  /** Undefined: no colours. */
  readonly chalk: ChalkInstance | undefined;
}

/** From nothing to all. */
const HEIGHTS = Array.from('▁▂▃▄▅▆▇█');

const MANY_COLOURS = 2;

/** What a cell of a class looks like. `step`: it is one of steps from low to high, so many in all. */
export function cellText({ unicode, chalk }: Canvas, look: Look, step?: { at: number; of: number }): string {
  const { colour, plainColour, letter } = look;
  if (chalk === undefined) return letter;
  // Of so few colours some would look alike: the letter tells.
  if (chalk.level < MANY_COLOURS) return step === undefined ? chalk[plainColour](letter) : letter;
  if (unicode) return chalk.hex(colour)(step === undefined ? '█' : heightOf(step));
  return chalk.bgHex(colour).hex(isDark(colour) ? '#ffffff' : '#000000')(letter);
}

/** Text in the colour of a class, where there are many. */
export function coloured({ chalk }: Canvas, look: Look | undefined, text: string): string {
  return chalk === undefined || chalk.level < MANY_COLOURS || look === undefined ? text : chalk.hex(look.colour)(text);
}

/** A cell with damage in it. */
export function damageText({ chalk }: Canvas): string {
  return chalk === undefined ? '!' : chalk.bgRed.whiteBright.bold('!');
}

function heightOf({ at, of }: { readonly at: number; readonly of: number }): string {
  return HEIGHTS[Math.round((at * (HEIGHTS.length - 1)) / Math.max(1, of - 1))] ?? '█';
}

function isDark(colour: string): boolean {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
  return 0.3 * red + 0.59 * green + 0.11 * blue < 110;
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A fraction, 0 to 1, as a bar of at most `width` characters. What is not nothing is seen. */
export function barText(unicode: boolean, fraction: number, width: number): string {
  if (!unicode) return '#'.repeat(fraction > 0 ? Math.max(1, Math.round(fraction * width)) : 0);
  const eighths = fraction > 0 ? Math.max(1, Math.min(width * 8, Math.round(fraction * width * 8))) : 0;
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}
