/** The flags of commands that take any number of stores. */
import { custom, string } from '@oclif/core/flags';
import { parseJobs, parseMilliseconds } from '../text/numbers.js';

const GROUP = 'MANY STORES';

/** How results are shown to programs; `json` is what `--json` asks for. */
export type Representation = 'text' | 'json' | 'junit' | 'github' | 'sarif' | 'prometheus';

/** Where stores are that are not named. */
export const listFlags = {
  recursive: string({
    description: 'Also all stores in this folder and below it; may be given again.',
    helpGroup: GROUP,
    helpValue: 'DIR',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'stores-from': string({
    description: 'Also the stores whose paths are the lines of this file, or of standard input (-).',
    helpGroup: GROUP,
    helpValue: 'FILE',
  }),
};

export const manyFlags = {
  ...listFlags,
  jobs: custom<number>({
    description: 'So many processes at once. Default as many as there are processors.',
    helpGroup: GROUP,
    helpValue: 'N',
    parse: (text, _context, flag) => Promise.resolve(parseJobs(text, `--${flag.name}`)),
  })(),
  timeout: custom<number>({
    description: 'Give a store up after so long, with exit code 5.',
    helpGroup: GROUP,
    helpValue: 'SECONDS',
    parse: (text, _context, flag) => Promise.resolve(parseMilliseconds(text, `--${flag.name}`)),
  })(),
};

/** `--as`, for commands whose results other programs read in other forms. */
export function asFlag(options: readonly Representation[]): { readonly as: ReturnType<typeof makeAsFlag> } {
  return { as: makeAsFlag(options) };
}

const makeAsFlag = (options: readonly Representation[]) =>
  custom<Representation>({
    description: 'How results are shown. Default text; json is the same as --json.',
    helpGroup: 'OUTPUT',
    options: [...options],
  })();
