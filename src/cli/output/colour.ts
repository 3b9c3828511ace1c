/** Whether to use colour. */
import type { ChalkInstance } from 'chalk';
import type { Io, Screen } from '../io.js';

export type ColourLevel = 0 | 1 | 2 | 3;

/**
 * How many colours to use on a stream: none with `--no-color`, what `FORCE_COLOR` says, none with `NO_COLOR`, else some
 * on a terminal that is not `dumb`.
 */
export function colourLevel(stream: Screen, env: Io['env'], noColor: boolean): ColourLevel {
  if (noColor) return 0;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forcedLevel(forced);
  if ((env['NO_COLOR'] ?? '') !== '') return 0;
  return stream.isTTY === true && env['TERM'] !== 'dumb' ? 1 : 0;
}

/** The same for pictures, which are better the more colours there are: a terminal may say that it has many. */
export function pictureColourLevel(stream: Screen, env: Io['env'], noColor: boolean): ColourLevel {
  const level = colourLevel(stream, env, noColor);
  if (level !== 1 || env['FORCE_COLOR'] !== undefined) return level;
  if (/^(truecolor|24bit)$/.test(env['COLORTERM'] ?? '')) return 3;
  return /256/.test(env['TERM'] ?? '') ? 2 : 1;
}

/** Whether text in this environment may have characters that are not ASCII. */
export function hasUnicode(env: Io['env']): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '') && env['TERM'] !== 'dumb';
}

function forcedLevel(value: string): ColourLevel {
  if (value === '0' || value === 'false') return 0;
  if (value === '2') return 2;
  return value === '3' ? 3 : 1;
}

/**
 * Chalk at that level. It does not look at `NO_COLOR` itself, and costs start-up: load it only where colour may come.
 */
export async function loadChalk(level: ColourLevel): Promise<ChalkInstance> {
  const { Chalk } = await import('chalk');
  return new Chalk({ level });
}
