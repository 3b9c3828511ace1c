// What is in which file of the bundled command line: main.cjs has what reading and writing a few rows takes, cold.cjs
// the rest of ours, packages.cjs that of others. Node.js reads and checks all of a file at each start, whatever is used
// of it.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Commands that a shell runs in loops. */
export const HOT_COMMANDS = ['count', 'delete', 'get', 'history', 'put', 'scan', 'stat', 'tables'];

/** Modules that such a command imports and does not use. What only they import is in cold.cjs with them. */
const COLD = [
  /^node_modules\/@oclif\/core\/lib\/(constraints|execute|flush|index|module-loader|screen)\.js$/,
  /^node_modules\/@oclif\/core\/lib\/help\/(?!util)/,
  /^node_modules\/@oclif\/core\/lib\/ux\/(?!index|write)/,
  /^node_modules\/@oclif\/core\/lib\/(config\/(plugin|ts-path)|errors\/(handle|errors\/pretty-print))\.js$/,
  /^node_modules\/@oclif\/core\/lib\/parser\/(errors|help)\.js$/,
  /^node_modules\/@oclif\/core\/lib\/util\/(cache-|determine-priority|find-root|fs|read-)/,
  /^src\/engine\/(build|salvage|timeline)\//,
  /^src\/cli\/(help-class|parser-errors|suggest|throw-place|unknown-command)\.ts$/,
  /^src\/cli\/many\/(?!answer-each|flags)/,
  /^src\/engine\/inspect\/store-signs\.ts$/,
  /^src\/cli\/input\/(input|lines|stdin|unpack)\.ts$/,
  /^src\/cli\/output\/(break-lines|table-view|text-width)\.ts$/,
  /^src\/cli\/(history\/time-line|stat\/screen|verify\/progress)\.ts$/,
  /^src\/engine\/(stat\/count-store|verify\/(snapshot-reader|until-unchanged))\.ts$/,
];

/** `src/cli/io.ts`: the name by which one file asks the other for a module. */
export function moduleId(file) {
  return path.relative(root, file).split(path.sep).join('/');
}

export function isCold(id) {
  const command = /^src\/commands\/(.+)\.ts$/.exec(id)?.[1];
  return command === undefined ? COLD.some((pattern) => pattern.test(id)) : !HOT_COMMANDS.includes(command);
}
