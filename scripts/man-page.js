// The man page, made from what oclif's manifest says of the commands: man/kmb-store.1, in mdoc.
// `node scripts/man-page.js` writes it; scripts/check-generated.js asks whether it is current.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
export const MAN_PAGE = 'man/kmb-store.1';

/** Text of which nothing is taken for a request, one sentence a line as mdoc wants it. */
function text(words) {
  return words
    .replaceAll('\\', '\\e')
    .split(/(?<=\S[.?!]) +/)
    .flatMap(short)
    .map((line) => line.replace(/^['.]/, '\\&$&').replace(/ +$/, ''))
    .join('\n');
}

/** Lines of at most 80 bytes where there are spaces. */
function short(line) {
  return line.match(/\S.{0,76}\S(?= |$)|\S+/g) ?? [];
}

/** An argument of a macro: quoted, so that nothing in it is another macro. */
const quoted = (word) => `"${word.replaceAll('\\', '\\e').replaceAll('"', '""').replace(/^-/, '\\-')}"`;

const valueOf = ({ helpValue, options, name }) => options?.join('|') ?? [helpValue].flat()[0] ?? name.toUpperCase();

function flagItem(flag) {
  const value = flag.type === 'option' ? ` Ar ${quoted(valueOf(flag))}` : '';
  return [`.It Fl \\-${flag.name}${value}`, text(flag.description ?? '')];
}

function argItem({ name, description, multiple }) {
  return [`.It Ar ${quoted(name.toUpperCase())}${multiple ? ' ...' : ''}`, text(description ?? '')];
}

const list = (items) => (items.length === 0 ? [] : ['.Bl -tag -width Ds', ...items.flat(), '.El']);

function* exampleLines(examples, bin) {
  if (examples.length === 0) return;
  yield '.Pp';
  yield 'Examples:';
  for (const example of examples) {
    const { description, command } = typeof example === 'string' ? { command: example } : example;
    yield '.Pp';
    if (description !== undefined) yield text(description);
    yield `.Dl ${command.replaceAll('<%= config.bin %>', bin).replaceAll('\\', '\\e')}`;
  }
}

function commandLines(command, bin) {
  const { id, summary, description, args, flags, examples } = command;
  const words = Object.values(args).map(({ name, required, multiple }) => {
    const word = `Ar ${quoted(name.toUpperCase())}${multiple ? ' ...' : ''}`;
    return required ? ` ${word}` : ` Op ${word.replace(' ...', ' No ...')}`;
  });
  return [
    `.Ss ${id}`,
    `.Nm ${id}${words.join('').replaceAll(/ Ar ("[^"]*")(?= Op| Ar|$)/g, ' Ar $1')}`,
    '.Pp',
    text(`${summary} ${description ?? ''}`),
    ...list([...Object.values(args).map(argItem), ...Object.values(flags).map(flagItem)]),
    ...exampleLines(examples ?? [], bin),
  ];
}

/** Rows of the table of exit codes in README.md. */
function exitCodes() {
  const readme = readFileSync(`${root}README.md`, 'utf8');
  const [, table = ''] = /\| exit code \| meaning \|\n.*\n((?:\|.*\n)+)/.exec(readme) ?? [];
  return Array.from(table.matchAll(/^\| ([\d, ]+) \| (.*) \|$/gm), ([, code, meaning]) => [
    `.It ${code}`,
    text(meaning),
  ]);
}

export function manPage() {
  const { description, oclif } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  const { commands } = JSON.parse(readFileSync(`${root}oclif.manifest.json`, 'utf8'));
  const shown = Object.keys(commands)
    .sort()
    .map((id) => commands[id]);
  const lines = [
    '.\\" Generated from the commands themselves by `npm run generate`.',
    '.Dd $Mdocdate$',
    '.Dt KMB-STORE 1',
    '.Os',
    '.Sh NAME',
    `.Nm ${oclif.bin}`,
    `.Nd ${description.replace(/^R/, 'r')}`,
    '.Sh SYNOPSIS',
    `.Nm ${oclif.bin}`,
    '.Ar command',
    '.Op Ar argument ...',
    '.Op Ar flag ...',
    '.Sh DESCRIPTION',
    text('A store is one file, derived from a log of batches: tables of keys with their version history.'),
    text('Keys and values are bytes: UTF-8 text on the command line, or hex.'),
    text('Each command has --help.'),
    '.Sh COMMANDS',
    ...shown.flatMap((command) => commandLines(command, oclif.bin)),
    '.Sh FILES',
    ...list([
      ['.It Pa STORE-journal', text('A commit on its way: never remove it, and never copy a store without it.')],
      ['.It Pa STORE-lock', text('Says which process writes the store.')],
    ]),
    '.Sh EXIT STATUS',
    ...list(exitCodes()),
  ];
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(`${root}${MAN_PAGE}`, manPage());
