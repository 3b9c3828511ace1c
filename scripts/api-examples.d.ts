export interface Example {
  readonly name: string;
  readonly source: string;
  readonly prints: readonly string[];
}
export function apiExamples(): Example[];
export function writeExamples(examples: readonly Example[]): string;
export function runExamples(
  folder: string,
  examples: readonly Example[],
  extension: 'js' | 'cjs',
  node?: string,
): string[][];
