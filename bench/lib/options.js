import { parseArgs } from 'node:util';
import { OPERATIONS_PER_BATCH } from './data.js';

const USAGE = 'usage: npm run bench -- [--ops N] [--rounds N] [--format 1|2] [--only NAME]...';

/** Reads the command line; a wrong one ends the process. */
export function readOptions(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        ops: { type: 'string', default: '1000000' },
        rounds: { type: 'string', default: '3' },
        format: { type: 'string', default: '2' },
        only: { type: 'string', multiple: true, default: [] },
      },
    });
    const operations = wholeNumber(values.ops, '--ops', OPERATIONS_PER_BATCH);
    const format = wholeNumber(values.format, '--format', 1);
    return { operations, rounds: wholeNumber(values.rounds, '--rounds', 1), format, only: values.only };
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    return process.exit(2);
  }
}

function wholeNumber(text, name, least) {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`${name} must be a whole number, ${least} or more, not ${text}`);
}
