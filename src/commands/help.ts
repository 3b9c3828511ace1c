import { Command, loadHelpClass } from '@oclif/core';
import { optionalArg } from '../cli/input/args.js';
import { noSuchCommand } from '../cli/unknown-command.js';

export default class Help extends Command {
  static override readonly summary = 'Show the help of a command.';
  static override readonly description =
    'Shows the help of a command, as its --help does; without one, the list of commands.';
  static override readonly examples = ['<%= config.bin %> help scan'];
  static override readonly args = { command: optionalArg('Command to show the help of.') };

  // As in the other commands: whoever started this one reports the error.
  override catch(error: Error): Promise<void> {
    return Promise.reject(error);
  }

  async run(): Promise<void> {
    const { command } = (await this.parse(Help)).args;
    if (command !== undefined && this.config.findCommand(command) === undefined) throw noSuchCommand(command);
    const HelpClass = await loadHelpClass(this.config);
    await new HelpClass(this.config).showHelp(command === undefined ? [] : [command]);
  }
}
