/** Where in the code an unexpected error was thrown. */
import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';

/** Where an error was thrown, `tree/search.ts:120:7`: what a report needs most, without the rest of a stack. */
export function throwPlace(error: unknown): string | null {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return placeInSource(stack) ?? /(?:dist|src)\/([\w./-]+:\d+:\d+)/.exec(stack)?.[1] ?? null;
}

/** Of a stack from the bundled command line, which is two files: the place in the module that it was made of. */
function placeInSource(stack: string): string | undefined {
  const maps = new Map<string, SourceMap | undefined>();
  for (const [, bundle = '', line, column] of stack.matchAll(/(\/[^\s()]*dist\/(?:main|cold)\.cjs):(\d+):(\d+)/g)) {
    if (!maps.has(bundle)) maps.set(bundle, readMap(bundle));
    const entry = maps.get(bundle)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined) continue;
    const module = 'originalSource' in entry ? /(?:^|\/)src\/(.*)$/.exec(entry.originalSource)?.[1] : undefined;
    if (module !== undefined && 'originalLine' in entry) {
      return `${module}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    }
  }
  return undefined;
}

/** A report without a map is better than none. */
function readMap(bundle: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, 'utf8')) as SourceMapPayload);
  } catch {
    return undefined;
  }
}
