const GAP = 2;
const NARROWEST = 4;

// Characters that take two cells of a terminal, and such that take none.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/gu;
const NARROW = /[\p{Mn}\p{Me}\p{Cf}]/gu;

/** How many cells of a terminal a text takes. */
export function textWidth(text: string): number {
  const characters = Array.from(text).length;
  return characters + (text.match(WIDE)?.length ?? 0) - (text.match(NARROW)?.length ?? 0);
}

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
