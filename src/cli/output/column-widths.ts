/** How wide the columns of a table are. */
const GAP = 2;
const NARROWEST = 4;

/** Takes from the widest columns until all fit beside each other on the screen. */
export function fitWidths(widths: readonly number[], screenWidth: number): number[] {
  const fitted = [...widths];
  const room = Math.max(screenWidth - GAP * (widths.length - 1), NARROWEST * widths.length);
  for (;;) {
    const excess = fitted.reduce((sum, width) => sum + width, 0) - room;
    if (excess <= 0) return fitted;
    const [widest, second] = [...fitted].sort((a, b) => b - a);
    const index = fitted.indexOf(widest ?? 0);
    const step = Math.max(1, Math.min(excess, (widest ?? 0) - (second ?? 0)));
    fitted[index] = Math.max(1, (widest ?? 0) - step);
  }
}
