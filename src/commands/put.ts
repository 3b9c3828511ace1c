import { boolean, string } from '@oclif/core/flags';
import { UsageError } from '../cli/cli-error.js';
import { optionalArg, requiredArg, storeArg } from '../cli/input/args.js';
import { parseKey, parseValue } from '../cli/input/byte-args.js';
import { createFlags, keyHexFlag, tableFlag, u64Flag } from '../cli/input/flags.js';
import { readAll } from '../cli/input/input.js';
import { StoreCommand } from '../cli/store-command.js';
import { commitBatch, nextBatch } from '../cli/store/commit-batch.js';
import { chooseTable } from '../cli/store/table-choice.js';

const VALUE_BYTES_MAX = 64 * 2 ** 20;

export default class Put extends StoreCommand<typeof Put> {
  static override readonly summary = 'Write one value.';
  static override readonly description =
    'Applies a batch with one put at the next position of the log, and prints that position. Creates the store if there is none; a put that fails creates nothing.';
  static override readonly examples = [
    '<%= config.bin %> put store.kmb user:1 Ada --table 1',
    {
      description: 'A value from standard input, byte for byte:',
      command: "printf 'Ada\\nLovelace' | <%= config.bin %> put store.kmb user:1 --value-file - --table 1",
    },
    {
      description: 'A key and a value that are not text, in hex:',
      command: '<%= config.bin %> put store.kmb 00ff 0a0b --key-hex --value-hex --table 1',
    },
    {
      description: 'A key that begins with a dash:',
      command: '<%= config.bin %> put store.kmb --table 1 -- -key value',
    },
  ];
  static override readonly args = {
    store: storeArg('Path of the store; made if it is not there.'),
    key: requiredArg('Key, up to 1,024 bytes.'),
    value: optionalArg('Value. Either this or --value-file.'),
  };
  static override readonly flags = {
    ...tableFlag,
    ...createFlags,
    ...keyHexFlag,
    'value-hex': boolean({ description: 'VALUE is written in hex.' }),
    'value-file': string({
      description: 'File with the bytes of the value; - is standard input.',
      helpValue: 'PATH',
      exclusive: ['value-hex'],
    }),
    position: u64Flag({
      description: 'Write only if this is the next position of the log.',
      helpValue: 'POSITION',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = this;
    const key = parseKey(args.key, 'KEY', flags['key-hex']);
    const value = await this.#readValue();
    const position = await this.withStore(args.store, 'create', (store) => {
      const batch = nextBatch(store, flags.position).put(chooseTable(store, flags.table), key, value);
      return commitBatch(store, batch);
    });
    await this.print.committed(position, { position }, `position ${position}`);
  }

  async #readValue(): Promise<Uint8Array> {
    const { value } = this.args;
    const path = this.flags['value-file'];
    if (value !== undefined && path !== undefined) {
      throw new UsageError('CONFLICTING_ARGUMENTS', 'VALUE and --value-file exclude each other');
    }
    if (value === '-') throw dashAsValue();
    if (value !== undefined) return parseValue(value, this.flags['value-hex']);
    if (path !== undefined) return readAll(path, VALUE_BYTES_MAX);
    throw new UsageError(
      'MISSING_ARGUMENT',
      'missing argument: VALUE',
      { arguments: ['VALUE'] },
      'give VALUE or --value-file',
    );
  }
}

/** `-` means standard input elsewhere: whoever pipes a value here must not have a dash stored instead. */
function dashAsValue(): UsageError {
  const hint = 'a value from standard input is --value-file -; a VALUE of one dash is written --value-hex 2d';
  return new UsageError(
    'DASH_AS_VALUE',
    'VALUE is -, which does not mean standard input here',
    { name: 'VALUE' },
    hint,
  );
}
