import { Command } from '@oclif/core/command';
import { bashCompletion } from '../cli/completion/bash.js';
import { fishCompletion } from '../cli/completion/fish.js';
import { completedCommands } from '../cli/completion/model.js';
import { zshCompletion } from '../cli/completion/zsh.js';
import { choiceArg } from '../cli/input/args.js';
import { Presenter } from '../cli/output/presenter.js';

const SHELLS = { bash: bashCompletion, fish: fishCompletion, zsh: zshCompletion };

export default class Completion extends Command {
  static override readonly summary = 'Print what a shell needs to complete command lines.';
  static override readonly description =
    'Prints a script for a shell, which then completes commands, flags, their values, and files. In bash: source <(kmb-store completion bash), for instance in ~/.bashrc. In fish: save it as ~/.config/fish/completions/kmb-store.fish. In zsh: save it as _kmb-store in a folder of $fpath.';
  static override readonly examples = [
    '<%= config.bin %> completion bash',
    { description: 'For fish, to stay:', command: '<%= config.bin %> completion fish > kmb-store.fish' },
  ];
  static override readonly args = { shell: choiceArg('Shell: bash, fish or zsh.', Object.keys(SHELLS)) };

  // As in the other commands: whoever started this one reports the error.
  override catch(error: Error): Promise<void> {
    return Promise.reject(error);
  }

  async run(): Promise<void> {
    const { shell } = (await this.parse(Completion)).args;
    const script = SHELLS[shell as keyof typeof SHELLS](this.config.bin, completedCommands(this.config.commands));
    await new Presenter({ json: false, noColor: true }).line(script);
  }
}
