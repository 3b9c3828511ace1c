/** Modules as one script: a file that is opened from a disk cannot load others. */

/**
 * Joins modules in the order in which each needs only those before it. They import nothing but each other, whole names
 * in one statement, and no two of them have a name in common.
 */
export function joinModules(sources: readonly string[]): string {
  const bodies = sources.map((source) => source.replace(/^import [^;]*;\n/gm, '').replace(/^export /gm, ''));
  return `(() => {\n'use strict';\n${bodies.join('\n')}})();\n`;
}
