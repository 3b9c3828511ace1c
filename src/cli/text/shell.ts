/** Words of commands that are printed to be run. */
import { escapeControls } from './escape.js';

/** A path as one word of a shell. */
export function shellWord(path: string): string {
  const text = escapeControls(path);
  return /^[\w./@:+,=%][\w./@:+,=%-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
