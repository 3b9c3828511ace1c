/** Completion for fish 3 and later. */
import type { Completed, CompletedCommand, CompletedFlag } from './model.js';

/** How `complete` is told what a value or an argument is. */
function kindOf(completed: Completed): string {
  if (completed.kind === 'word') return ` -f -a '${completed.words.join(' ')}'`;
  return completed.kind === 'file' ? ' -F' : ' -f';
}

export function fishCompletion(bin: string, commands: readonly CompletedCommand[]): string {
  const name = `__${bin.replaceAll('-', '_')}`;
  const begin = `complete -c ${bin}`;
  const valued = new Set(
    commands.flatMap(({ flags }) => flags.flatMap((flag) => (flag.value ? [`--${flag.name}`] : []))),
  );
  const flagLine = (id: string, { name: flag, summary, value }: CompletedFlag): string => {
    const takes = value === undefined ? '' : ` -r${kindOf(value)}`;
    return `${begin} -n '${name}_is ${id}' -l ${flag}${takes} -d '${summary}'`;
  };
  const lines = commands.flatMap(({ id, summary, args, flags }) => [
    `${begin} -n '${name}_is' -a ${id} -d '${summary}'`,
    ...args.flatMap((arg, index) =>
      arg.kind === 'text' ? [] : [`${begin} -n '${name}_is ${id} ${index + 1}'${kindOf(arg)}`],
    ),
    ...flags.map((flag) => flagLine(id, flag)),
  ]);
  return `# Completion of ${bin} for fish: ${bin} completion fish > ~/.config/fish/completions/${bin}.fish
function ${name}_is -a command argument
    set -l given ''
    set -l count 1
    set -l is_value 0
    for word in (commandline -opc)[2..-1]
        if test $is_value = 1
            set is_value 0
        else if string match -q -- '-*' $word
            contains -- $word ${[...valued].join(' ')}; and set is_value 1
        else if test -z "$given"
            set given $word
        else
            set count (math $count + 1)
        end
    end
    test "$given" = "$command"; and begin
        test -z "$argument"; or test $count = "$argument"
    end
end

${begin} -f
${begin} -n '${name}_is' -l version -d 'Show the version'
${lines.join('\n')}`;
}
