/** The flags of commands that make a copy of a store. */
import { boolean, string } from '@oclif/core/flags';
import { requirePath } from '../input/args.js';
import { lockFlag } from '../input/flags.js';

export const copyFlags = {
  ...lockFlag,
  output: string({
    description: 'Write the copy to this file, and leave the store as it is.',
    helpValue: 'NEW',
    parse: (path) => Promise.resolve(requirePath(path, '--output')),
  }),
  force: boolean({ description: 'Replace the file of --output where there is one.' }),
};

/** The same for commands whose copy always goes to a file of its own. */
export const newFlags = {
  ...lockFlag,
  force: boolean({ description: 'Replace NEW where it is there.' }),
};
