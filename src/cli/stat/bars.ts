/** Bars of a table on a terminal. */
const WIDTH = 20;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A fraction, 0 to 1, as a bar. What is not nothing is seen. */
export function bar(fraction: number): string {
  const eighths = Math.min(WIDTH * 8, fraction > 0 ? Math.max(1, Math.round(fraction * WIDTH * 8)) : 0);
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}

/** `37 %`; what is not nothing is not 0 %, and what is not all is not 100 %. */
export function percent(fraction: number): string {
  const rounded = Math.round(fraction * 100);
  if (rounded === 0 && fraction > 0) return '<1 %';
  if (rounded === 100 && fraction < 1) return '>99 %';
  return `${rounded} %`;
}
