/**
 * Sessions: text files that read like a shell's, each in a fresh folder.
 *
 *     # a remark
 *     + NAME            makes a file of the lines up to the next `+`
 *     ~ NAME 4196 ff00  writes bytes over those of a file from an offset on
 *     ~ NAME cut 4100   cuts a file off; where it is shorter, it is filled up with zeroes
 *     ~ NAME seal 1     makes the checksum of a page right
 *     < TEXT            what the next command reads from standard input: one line of it
 *     $ kmb-store get store.kmb user:1
 *     Ada               standard output
 *     2> kmb-store: …   standard error
 *     [1]               the exit code, when it is not 0
 *
 * A line of output that has no line end is followed by `\ no line end`. Seconds, and what `version` says of
 * the machine, are written as `#`.
 */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resealPage } from '../../support/format1-writer.js';
import { runCli, type Outcome } from './cli.js';

const PROGRAM = '$ kmb-store ';
const NO_LINE_END = '\\ no line end';

export interface SessionStep {
  readonly argv: readonly string[];
  readonly stdin: string;
}

/** A line that the author wrote, and what it asks for; output is not among them. */
type SessionLine =
  | { readonly kind: 'file'; readonly text: string; readonly name: string; readonly content: string }
  | { readonly kind: 'harm'; readonly text: string; readonly words: readonly string[] }
  | { readonly kind: 'command'; readonly text: string; readonly step: SessionStep }
  | { readonly kind: 'remark'; readonly text: string };

/**
 * Runs a session in a folder. Gives back its transcript, which equals the text when everything is as it says; `run` is
 * told to run each step.
 */
export async function transcribe(
  text: string,
  folder: string,
  run: (step: SessionStep) => Promise<Outcome> = (step) => runCli(step.argv, { cwd: folder, stdin: step.stdin }),
): Promise<string> {
  const transcript: string[] = [];
  for (const line of parseSession(text)) {
    transcript.push(line.text);
    if (line.kind === 'file') writeFileSync(join(folder, line.name), line.content);
    if (line.kind === 'harm') damageFile(folder, line.words);
    if (line.kind === 'command') transcript.push(...outcomeLines(await run(line.step)));
  }
  return transcript.join('\n');
}

function* parseSession(text: string): Generator<SessionLine> {
  const lines = text.split('\n');
  let input: string[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (line.startsWith('+ ')) {
      const end = lines.indexOf('+', index);
      const content = lines.slice(index + 1, end).map((inner) => `${inner}\n`);
      yield {
        kind: 'file',
        text: lines.slice(index, end + 1).join('\n'),
        name: line.slice(2),
        content: content.join(''),
      };
      index = end;
    } else if (line.startsWith('~ ')) {
      yield { kind: 'harm', text: line, words: line.slice(2).split(' ') };
    } else if (/^<( |$)/.test(line)) {
      input.push(line);
    } else if (line.startsWith(PROGRAM)) {
      const stdin = input.map((inner) => `${inner.slice(2)}\n`).join('');
      const step = { argv: splitWords(line.slice(PROGRAM.length)), stdin };
      yield { kind: 'command', text: [...input, line].join('\n'), step };
      input = [];
    } else if (line.startsWith('# ') || (line === '' && isBetween(lines, index))) {
      yield { kind: 'remark', text: line };
    }
  }
}

function damageFile(folder: string, [name = '', place = '', value = '']: readonly string[]): void {
  const path = join(folder, name);
  if (place === 'cut') return void truncateSync(path, Number(value));
  const bytes = readFileSync(path);
  if (place === 'seal') resealPage(bytes, Number(value));
  else bytes.set(Buffer.from(value, 'hex'), Number(place));
  writeFileSync(path, bytes);
}

/** An empty line before a remark or at the end sets sections apart; any other one is output. */
function isBetween(lines: readonly string[], index: number): boolean {
  return index === lines.length - 1 || (lines[index + 1] ?? '').startsWith('# ');
}

function outcomeLines({ stdout, stderr, code }: Outcome): string[] {
  const shown = [...toLines(mask(stdout)), ...toLines(mask(stderr)).map((line) => `2> ${line}`)];
  return code === 0 ? shown : [...shown, `[${code}]`];
}

function toLines(text: string): string[] {
  const lines = text.split('\n');
  const rest = lines.pop();
  return rest === '' || rest === undefined ? lines : [...lines, rest, NO_LINE_END];
}

/** What is another with each run, or each machine. */
const mask = (text: string): string =>
  text
    .replace(/ in \d+\.\d\d s(?=[;\n])/g, ' in # s')
    .replace(/"seconds":[\d.]+/g, '"seconds":#')
    .replace(/^Node\.js .*$/m, 'Node.js #')
    .replace(/"node":.*?"arch":"\w+"/, '"node":#');

/** Splits at spaces; single quotes hold words together. */
export function splitWords(line: string): string[] {
  const words = line.match(/(?:'[^']*'|[^\s'])+/g) ?? [];
  return words.map((word) => word.replaceAll("'", ''));
}
