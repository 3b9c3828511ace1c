/** So many slips are taken for one in a word of this length: of a short word little is left to tell what was meant. */
function slipsAllowed(length: number): number {
  if (length < 2) return 0;
  return length < 6 ? 1 : 2;
}

/**
 * The candidate that `word` is most likely a misspelling of, if any is close. Dashes in front and case do not count.
 */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const meant = bare(word);
  let best: string | undefined;
  let fewest = slipsAllowed(meant.length) + 1;
  for (const candidate of candidates) {
    const slips = editDistance(meant, bare(candidate), fewest);
    if (slips < fewest) [best, fewest] = [candidate, slips];
  }
  return best;
}

/** As `closest`; where none is, the candidates that the word is the beginning of. */
export function closestOrBeginning(word: string, candidates: readonly string[]): readonly string[] {
  const found = closest(word, candidates);
  if (found !== undefined) return [found];
  const meant = bare(word);
  return meant.length < 3 ? [] : candidates.filter((candidate) => candidate.startsWith(meant));
}

function bare(word: string): string {
  return word.replace(/^-+/, '').toLowerCase();
}

/**
 * How many characters to insert, delete, replace or swap with their neighbour; `limit` or more is not measured exactly.
 */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = at(row - 1, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const isSwap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swapped = isSwap ? at(row - 2, column - 2) + 1 : Infinity;
      current.push(Math.min(replaced, swapped, at(row - 1, column) + 1, at(row, column - 1) + 1));
    }
  }
  return at(a.length, b.length);
}
