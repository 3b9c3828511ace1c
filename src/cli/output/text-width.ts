/**
 * How wide text is on a terminal, by grapheme clusters: what a reader sees as one character is never cut in two. Loaded
 * for tables only, because segmenting text initialises ICU.
 */
import stringWidth from 'string-width';

const ASCII = /^[\x20-\x7e]*$/;
// A base that is an emoji by itself, or that a variation selector or a keycap makes one.
const EMOJI = /^(?:\p{Emoji_Presentation}|\p{Emoji}.*[\ufe0f\u20e3])/su;
// Marks, joiners, and the vowels and final consonants that Hangul draws into the syllable before them.
const NO_WIDTH = /[\p{M}\p{Cf}\u1160-\u11ff\ud7b0-\ud7fb]/gu;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** How many cells of a terminal a text takes. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += clusterWidth(segment);
  return width;
}

/** The text, or as much of it as fits beside `…` into this many cells. */
export function cutToWidth(text: string, width: number): string {
  if (ASCII.test(text)) return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
  let taken = 0;
  let fitting = 0;
  for (const { segment, index } of segmenter.segment(text)) {
    if (taken + clusterWidth(segment) > width) return `${text.slice(0, fitting)}…`;
    taken += clusterWidth(segment);
    if (taken < width) fitting = index + segment.length;
  }
  return text;
}

const WIDTHS_MAX = 4096;
// To measure takes a hundred times as long as to look up, and a table repeats itself.
const widths = new Map<string, number>();

function clusterWidth(cluster: string): number {
  let width = widths.get(cluster);
  if (width === undefined) {
    width = measure(cluster);
    if (widths.size < WIDTHS_MAX) widths.set(cluster, width);
  }
  return width;
}

/**
 * Emoji and marks are put right where `string-width` counts the parts of a cluster one by one, or is older than they
 * are.
 */
function measure(cluster: string): number {
  return EMOJI.test(cluster) ? 2 : stringWidth(cluster.replace(NO_WIDTH, ''));
}

const MARK = '\u034f';
const PRIVATE = '\uf8ff';
const STAND_IN = new RegExp(`${MARK}|${PRIVATE}`, 'g');

/**
 * What the table's own measure would count wrongly is laid out as other characters of the same width, which are
 * replaced by it afterwards, in the same order.
 */
export class StandIns {
  readonly #hidden: string[] = [];

  hide(text: string): string {
    if (ASCII.test(text)) return text;
    return Array.from(segmenter.segment(text), ({ segment }) => this.#standIn(segment)).join('');
  }

  restore(table: string): string {
    const hidden = this.#hidden.values();
    return table.replace(STAND_IN, (standIn) => hidden.next().value ?? standIn);
  }

  #standIn(cluster: string): string {
    if (ASCII.test(cluster)) return cluster;
    const width = clusterWidth(cluster);
    const isPlain = cluster.search(STAND_IN) < 0 && stringWidth(cluster) === width;
    if (isPlain) return cluster;
    const standIns = width === 0 ? MARK : PRIVATE.repeat(width);
    // The first becomes the cluster again, the others nothing.
    this.#hidden.push(cluster, ...Array<string>(standIns.length - 1).fill(''));
    return standIns;
  }
}
