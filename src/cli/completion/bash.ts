/** Completion for bash 3.2 and later. */
import type { Completed, CompletedCommand } from './model.js';

/** What bash is to offer for a value: words, or `=file`. */
function offer(completed: Completed): string {
  if (completed.kind === 'word') return completed.words.join(' ');
  return completed.kind === 'file' ? '=file' : '';
}

function* casesOf({ id, args, flags }: CompletedCommand): Generator<string> {
  const valued = flags.flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }]));
  yield `    '${id} flags') offered='${flags.map(({ name }) => `--${name}`).join(' ')}' ;;`;
  yield `    '${id} valued') offered='${valued.map(({ name }) => `--${name}`).join(' ')}' ;;`;
  for (const { name, value } of valued) yield `    '${id} --${name}') offered='${offer(value)}' ;;`;
  for (const [index, arg] of args.entries()) yield `    '${id} ${index + 1}') offered='${offer(arg)}' ;;`;
}

export function bashCompletion(bin: string, commands: readonly CompletedCommand[]): string {
  const name = `_${bin.replaceAll('-', '_')}`;
  const ids = commands.map(({ id }) => id).join(' ');
  return `# Completion of ${bin} for bash: source <(${bin} completion bash)
${name}_offered() {
  offered=
  case "$1" in
    commands) offered='${ids} --help --version' ;;
${commands.flatMap((command) => [...casesOf(command)]).join('\n')}
  esac
}

${name}() {
  local word=\${COMP_WORDS[COMP_CWORD]} command= flag= each offered valued= index count=0 IFS=$' \\t\\n'
  for ((index = 1; index < COMP_CWORD; index++)); do
    each=\${COMP_WORDS[index]}
    if [[ $each == '=' ]]; then
      continue
    elif [[ -n $flag ]]; then
      flag=
    elif [[ $each == -* ]]; then
      [[ " $valued " == *" $each "* ]] && flag=$each
    elif [[ -z $command ]]; then
      command=$each
      ${name}_offered "$command valued"
      valued=$offered
    else
      count=$((count + 1))
    fi
  done
  [[ $word == '=' ]] && word=
  if [[ -z $command ]]; then
    ${name}_offered commands
  elif [[ -n $flag ]]; then
    ${name}_offered "$command $flag"
  elif [[ $word == -* ]]; then
    ${name}_offered "$command flags"
  else
    ${name}_offered "$command $((count + 1))"
  fi
  if [[ $offered == '=file' ]]; then
    compopt -o filenames 2>/dev/null
    IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$word"))
  else
    COMPREPLY=($(compgen -W "$offered" -- "$word"))
  fi
}

complete -F ${name} ${bin}`;
}
