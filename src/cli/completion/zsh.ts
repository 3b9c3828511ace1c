/** Completion for zsh 5 and later. */
import type { Completed, CompletedCommand } from './model.js';

/** What `_arguments` is told of a value. */
function actionOf(completed: Completed): string {
  if (completed.kind === 'word') return `(${completed.words.join(' ')})`;
  return completed.kind === 'file' ? '_files' : '';
}

function caseOf({ id, args, flags }: CompletedCommand): string {
  const specs = [
    ...flags.map(({ name, summary, value }) =>
      value === undefined ? `'--${name}[${summary}]'` : `'--${name}=[${summary}]:${name}:${actionOf(value)}'`,
    ),
    ...args.map((arg, index) => `'${index + 1}::argument:${actionOf(arg)}'`),
  ];
  return `        ${id}) _arguments ${specs.join(' ')} ;;`;
}

export function zshCompletion(bin: string, commands: readonly CompletedCommand[]): string {
  const name = `_${bin.replaceAll('-', '_')}`;
  return `#compdef ${bin}
# Completion of ${bin} for zsh: ${bin} completion zsh > "\${fpath[1]}/_${bin}"
${name}() {
  local curcontext=$curcontext state line
  local -a commands
  commands=(
${commands.map(({ id, summary }) => `    '${id}:${summary}'`).join('\n')}
  )
  _arguments -C '--help[Show the help]' '--version[Show the version]' '1: :->command' '*:: :->rest'
  case $state in
    command) _describe command commands ;;
    rest)
      case $line[1] in
${commands.map(caseOf).join('\n')}
      esac ;;
  esac
}

if [[ $funcstack[1] == _${bin} ]]; then
  ${name} "$@"
else
  compdef ${name} ${bin}
fi`;
}
