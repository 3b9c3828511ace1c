import { Command } from '@oclif/core/command';
import { refuseBooleanValues } from '../cli/input/boolean-values.js';
import { NEW_STORE_FORMAT, outputFlags, STORE_FORMATS } from '../cli/input/flags.js';
import { Presenter } from '../cli/output/presenter.js';
import { toJson } from '../cli/text/json.js';

export default class Version extends Command {
  static override readonly summary = 'Show the version, and what it runs on.';
  static override readonly description =
    'Prints the version of kmb-store, that of Node.js, the system, and the formats of stores that can be read and written. --version prints the first of these in one line.';
  static override readonly examples = ['<%= config.bin %> version', '<%= config.bin %> version --json'];
  static override readonly flags = outputFlags;

  // As in the other commands: whoever started this one reports the error.
  override catch(error: Error): Promise<void> {
    return Promise.reject(error);
  }

  async run(): Promise<void> {
    refuseBooleanValues(this.argv, outputFlags);
    const { flags } = await this.parse(Version);
    const { version } = this.config;
    const { node } = process.versions;
    const { platform, arch } = process;
    const formats = STORE_FORMATS.map(Number);
    const lines = [
      `kmb-store ${version}`,
      `Node.js ${node}, ${platform} ${arch}`,
      `store formats: ${formats.join(', ')} (new stores: ${NEW_STORE_FORMAT})`,
    ];
    const json = { version, node, platform, arch, formats, newStoreFormat: Number(NEW_STORE_FORMAT) };
    const print = new Presenter({ json: flags.json, noColor: flags['no-color'] });
    if (flags.json) await print.line(toJson(json));
    else await print.prose(lines.map((text) => ({ text })));
  }
}
