import { DumpCommand } from '../cli/dump/dump-command.js';
import { storeArg } from '../cli/input/args.js';
import { inspectSuperblock } from '../engine/index.js';

export default class DumpSuperblock extends DumpCommand<typeof DumpSuperblock> {
  static override readonly summary = 'Show the superblock of a store, field by field.';
  static override readonly description =
    "Prints every field of page 0 as it is in the file: offset, bytes, value, meaning, also when magic, version or checksum are wrong; in format 2 also the records of tables and of free pages, and page 1 where that is not the same page once more. What is wrong, or disagrees with the file's length, is marked, and the exit code is 1; 3 where there is nothing to decode.";
  static override readonly examples = [
    '<%= config.bin %> dump-superblock store.kmb',
    '<%= config.bin %> dump-superblock store.kmb --json',
  ];
  static override readonly args = { store: storeArg() };

  async run(): Promise<void> {
    const { store } = this.args;
    await this.show(inspectSuperblock(store), store, 'fields');
  }
}
