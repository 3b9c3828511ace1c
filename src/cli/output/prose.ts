/** Lines for people: with a colour at their beginning, and on a terminal broken between words. */
import type { Paint, PaintName } from './paint.js';

/** A line of text, and how much of its beginning has which colour. */
export interface ProseLine {
  readonly text: string;
  readonly head?: { readonly what: PaintName; readonly length: number };
}

/** A line of which all has one colour. */
export function wholly(what: PaintName, text: string): ProseLine {
  return { text, head: { what, length: text.length } };
}

/** A line that begins with something in a colour. */
export function headed(what: PaintName, head: string, rest: string): ProseLine {
  return { text: head + rest, head: { what, length: head.length } };
}

/** How a line becomes lines of a terminal: the first as it begins, the others indented. */
export type Breaking = (text: string) => readonly string[];

/** Breaks and colours a line. */
export function* printed({ text, head }: ProseLine, paint: Paint, breakLine: Breaking): Generator<string> {
  let left = head?.length ?? 0;
  let indent = 0;
  for (const line of breakLine(text)) {
    const end = Math.min(line.length, indent + left);
    const painted = head === undefined || end <= indent ? '' : paint(head.what, line.slice(indent, end));
    yield painted === '' ? line : line.slice(0, indent) + painted + line.slice(end);
    // A space was where the line is broken.
    left = Math.max(0, left - (line.length - indent) - 1);
    indent = indentOf(text) + HANGING;
  }
}

/** How much further lines are indented than the first. */
export const HANGING = 2;

export function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}
