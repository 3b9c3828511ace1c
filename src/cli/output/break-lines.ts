/** Breaks lines at the width of a terminal. */
import { type Breaking, HANGING, indentOf } from './prose.js';
import { textWidth } from './text-width.js';

const USUAL_COLUMNS = 80;
/** Where there is less room lines are left to the terminal. */
const FEWEST_COLUMNS = 20;

/**
 * Breaks lines between words, so that each part fits the terminal; what has no space in it, a path or a number in hex,
 * stays whole whatever its length.
 */
export function breakingAt(columns: number | undefined): Breaking {
  const width = columns === undefined || columns === 0 ? USUAL_COLUMNS : columns;
  if (width < FEWEST_COLUMNS) return (text) => [text];
  return (text) => {
    const indent = indentOf(text);
    const lines: string[] = [];
    let line = '';
    for (const word of text.slice(indent).split(' ')) {
      const longer = line === '' ? word : `${line} ${word}`;
      if (line !== '' && shift(lines, indent) + textWidth(longer) > width) {
        lines.push(' '.repeat(shift(lines, indent)) + line);
        line = word;
      } else line = longer;
    }
    return [...lines, ' '.repeat(shift(lines, indent)) + line];
  };
}

/** By how much the next line is indented. */
function shift(lines: readonly string[], indent: number): number {
  return lines.length === 0 ? indent : indent + HANGING;
}
