/** The lines between pages of a tree. */
import { hasUnicode } from '../output/colour.js';
import { io } from '../io.js';

export interface Branches {
  /** To a page with others after it, and to the last one. */
  readonly other: string;
  readonly last: string;
  /** Past what is below a page with others after it. */
  readonly past: string;
}

const LINES: Branches = { other: '├─ ', last: '└─ ', past: '│  ' };
const LETTERS: Branches = { other: '|- ', last: '`- ', past: '|  ' };

/** Lines where the environment has them. */
export function branchesHere(): Branches {
  return hasUnicode(io().env) ? LINES : LETTERS;
}
