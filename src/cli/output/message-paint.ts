/** The colours of messages on standard error. */
import { io } from '../io.js';
import { colourLevel } from './colour.js';

/** As in chalk, which would have to be waited for: the last words of a process cannot wait. */
const COLOURS = {
  problem: ['\u001b[31m\u001b[1m', '\u001b[22m\u001b[39m'],
  heading: ['\u001b[1m', '\u001b[22m'],
} as const;

/** Colours the beginning of a message, where standard error has colours. */
export function paintMessage(what: keyof typeof COLOURS, text: string, noColor: boolean): string {
  const { stderr, env } = io();
  const [begin, end] = COLOURS[what];
  return colourLevel(stderr, env, noColor) > 0 ? begin + text + end : text;
}
